/** A tint of the line that failed, until somebody edits the text. */

import { StateEffect, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';

const tint = StateEffect.define<number>();

const line = Decoration.line({ class: 'jp-alphamed-failingLine' });

const field: StateField<DecorationSet> = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (tinted, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(tint)) {
        return Decoration.set([line.range(effect.value)]);
      }
    }
    return transaction.docChanged ? Decoration.none : tinted;
  },
  provide: own => EditorView.decorations.from(own)
});

const extension: Extension = field;

/** Show a line (from 1) of an editor, and tint it. */
export function showLine(
  editor: CodeEditor.IEditor | null,
  number: number
): void {
  if (editor === null || number < 1) {
    return;
  }
  const place = Math.min(number, editor.lineCount) - 1;
  editor.setCursorPosition({ line: place, column: 0 });
  const view: unknown = 'editor' in editor ? editor.editor : null;
  if (!(view instanceof EditorView)) {
    return;
  }
  const at = view.state.doc.line(place + 1).from;
  if (view.state.field(field, false) === undefined) {
    view.dispatch({ effects: StateEffect.appendConfig.of(extension) });
  }
  view.dispatch({
    effects: [tint.of(at), EditorView.scrollIntoView(at, { y: 'center' })]
  });
}
