import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import { reportFault } from '../hub/faults';
import type { RunModel } from './runModel';
import type { IRunModelState } from './savedState';

const QUIET = 400; // milliseconds

/** Keeps what models show, so that it survives a reload and a restart of the server. */
export class ModelStates {
  constructor(private readonly _db: IStateDB | null) {}

  async read(key: string): Promise<Partial<IRunModelState>> {
    try {
      const kept = await this._db?.fetch(key);
      return typeof kept === 'object' && kept !== null && !Array.isArray(kept)
        ? (kept as Partial<IRunModelState>)
        : {};
    } catch (error) {
      // A view without its past is better than none.
      reportFault(`what ${key} showed could not be read`, error);
      return {};
    }
  }

  /** Write the model's state whenever it has changed, until the model goes. */
  keep(key: string, model: RunModel): void {
    const db = this._db;
    if (db === null) {
      return;
    }
    let written = JSON.stringify(model.toJSON());
    const write = new Debouncer(async () => {
      const text = JSON.stringify(model.toJSON());
      if (text !== written && !model.isDisposed) {
        written = text;
        await db.save(key, JSON.parse(text) as ReadonlyPartialJSONValue);
      }
    }, QUIET);
    model.changed.connect(() => {
      void write.invoke();
    });
  }
}
