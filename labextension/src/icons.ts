import { LabIcon } from '@jupyterlab/ui-components';

/** Three nodes and what joins them. */
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161" stroke="#616161">
    <path fill="none" stroke-width="1.4" d="M8 4v4.6M3.4 12.2 8 8.6l4.6 3.6"/>
    <circle stroke="none" cx="8" cy="3.2" r="2.2"/>
    <circle stroke="none" cx="8" cy="8.6" r="2.3"/>
    <circle stroke="none" cx="3.2" cy="12.6" r="2.2"/>
    <circle stroke="none" cx="12.8" cy="12.6" r="2.2"/>
  </g>
</svg>`;

export const federationIcon = new LabIcon({
  name: 'alphamed_nb:federation',
  svgstr: svg
});
