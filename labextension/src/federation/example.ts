/** What `Open the example` opens. */

import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';
import type { Files } from './files';

/** Where the example may lie: in a clone, in a copy of its folder, or right here. */
const FOLDERS = ['examples/fedavg', 'fedavg', ''];
const NOTEBOOKS = [
  'mock_aggregator.ipynb',
  'mock_collaborator_1.ipynb',
  'mock_collaborator_2.ipynb'
];
const STARTER = 'first_federation.ipynb';

/** The README's first notebook: two nodes, one after the other. */
const CELLS = [
  '%load_ext alphamed_nb',
  `%%mock_node --id clinic-a --nodes clinic-a,clinic-b
from alphafed.contractor import TaskMessageContractor
contractor = TaskMessageContractor(task_id="first-task")
contractor.notify_task_completion(True)`,
  `%%mock_node --id clinic-b --nodes clinic-a,clinic-b
for event in contractor.contract_events(timeout=10):
    print("clinic-b has received", event)
    break`
];

/**
 * Open the FedAvg example where it lies on this server, else a small notebook that is written for the purpose. A second time the
 * same ones are shown again.
 */
export async function openExample(
  documents: IDocumentManager,
  contents: Contents.IManager,
  files: Files
): Promise<void> {
  for (const folder of FOLDERS) {
    const paths = NOTEBOOKS.map(name => PathExt.join(folder, name));
    const found = await Promise.all(paths.map(path => files.exists(path)));
    if (found.every(Boolean)) {
      for (const path of paths) {
        documents.openOrReveal(path, 'Notebook', undefined, {
          activate: path === paths[0]
        });
      }
      return;
    }
  }
  documents.openOrReveal(await starter(contents, files), 'Notebook');
}

async function starter(
  contents: Contents.IManager,
  files: Files
): Promise<string> {
  if (await files.exists(STARTER)) {
    // As it was left.
    return STARTER;
  }
  await contents.save(STARTER, {
    type: 'notebook',
    format: 'json',
    content: {
      cells: CELLS.map((source, index) => ({
        cell_type: 'code',
        id: `first-${index + 1}`,
        source,
        metadata: {},
        outputs: [],
        execution_count: null
      })),
      metadata: {
        kernelspec: {
          name: 'python3',
          display_name: 'Python 3 (ipykernel)',
          language: 'python'
        }
      },
      nbformat: 4,
      nbformat_minor: 5
    }
  });
  return STARTER;
}
