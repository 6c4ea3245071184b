/** The release this code belongs to; equal to package.json's and to the hub's, or the page is outdated. A test holds the first. */
export const VERSION = '0.1.0';
