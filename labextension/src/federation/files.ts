/** Files of the server: where they lie, showing folders, downloads. */

import { PageConfig, PathExt, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import { contentsPaths, isAbsolute, shellQuote } from './paths';

export class Files {
  constructor(
    private readonly _contents: Contents.IManager,
    private readonly _commands: CommandRegistry,
    private readonly _trans: TranslationBundle,
    private readonly _root: string = PageConfig.getOption('serverRoot')
  ) {}

  /** The path of a file, as the contents know it; null: it lies elsewhere, or is gone. */
  async find(path: string): Promise<string | null> {
    for (const candidate of contentsPaths(path, this._root)) {
      if (await this.exists(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /** The likeliest path, without a look at what is there. */
  guess(path: string): string | null {
    return contentsPaths(path, this._root)[0] ?? null;
  }

  /** Whether a file lies where the server shows files, as far as its name tells. */
  reaches(path: string): boolean {
    return this.guess(path) !== null;
  }

  async exists(path: string): Promise<boolean> {
    try {
      await this._contents.get(path, { content: false });
      return true;
    } catch (error) {
      if (
        error instanceof ServerConnection.ResponseError &&
        error.response.status === 404
      ) {
        return false;
      }
      throw error;
    }
  }

  /** Show a folder in the file browser. */
  async openFolder(path: string): Promise<void> {
    await this._mustExist(path);
    if (this._commands.hasCommand('filebrowser:go-to-path')) {
      await this._commands.execute('filebrowser:go-to-path', { path });
    } else {
      window.open(
        URLExt.join(PageConfig.getBaseUrl(), 'tree', URLExt.encodeParts(path)),
        '_blank',
        'noopener'
      );
    }
  }

  async download(path: string): Promise<void> {
    await this._mustExist(path);
    follow(await this._contents.getDownloadUrl(path), PathExt.basename(path));
  }

  /** For a shell: the whole path where the page knows the root. */
  quoted(path: string): string {
    const root = this._root.replace(/\/+$/, '');
    return shellQuote(
      isAbsolute(root) || root.startsWith('~') ? `${root}/${path}` : path
    );
  }

  private async _mustExist(path: string): Promise<void> {
    if (!(await this.exists(path))) {
      throw new Error(this._trans.__('%1 does not exist yet.', path));
    }
  }
}

/** Hand a file made in the browser to the user. */
export function saveBlob(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  follow(url, name);
  // The browser has begun to read it by then.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function follow(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.hidden = true;
  document.body.appendChild(link);
  link.click();
  link.remove();
}
