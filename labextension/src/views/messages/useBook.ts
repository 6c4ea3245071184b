import * as React from 'react';
import { MESSAGE_KINDS, MessageBook } from '../../model/messages';
import type { IRunModel } from '../../tokens';

export interface IBookState {
  book: MessageBook;
  /** Goes up with each change of the book. */
  version: number;
  /** Everything that was there when the view opened has come. */
  complete: boolean;
}

/** The book of the run that the model shows, kept up to date. Draws again at most once a frame. */
export function useBook(model: IRunModel): IBookState {
  const { task, live } = model;
  const run = live?.run ?? null;
  const first = live?.seq ?? 0;
  const [, again] = React.useReducer((n: number) => n + 1, 0);
  const held = React.useRef<{ book: MessageBook; upto: number; goal: number }>({
    book: new MessageBook(),
    upto: 0,
    goal: 0
  });

  React.useEffect(() => {
    const state = { book: new MessageBook(), upto: 0, goal: 0 };
    held.current = state;
    again();
    if (task === null || run === null) {
      return;
    }
    let frame = 0;
    let hub = '';
    const draw = (): void => {
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          again();
        });
      }
    };
    const kinds = [...MESSAGE_KINDS];
    const following = model.follow(
      { task, run, kinds, after: first - 1, brief: true },
      {
        following: (name, number) => {
          if (hub !== '' && name !== hub) {
            // Numbers of another hub mean nothing here.
            state.book = new MessageBook();
            state.upto = 0;
          }
          hub = name;
          state.goal = state.goal || number;
          draw();
        },
        rows: (rows, upto, skipped) => {
          state.book.add(rows, skipped);
          state.upto = Math.max(state.upto, upto);
          draw();
        }
      }
    );
    return () => {
      following.dispose();
      cancelAnimationFrame(frame);
    };
    // The model's follow resumes by itself; only another run is another question.
  }, [model, task, run, first]);

  const { book, upto, goal } = held.current;
  return { book, version: book.version, complete: goal > 0 && upto >= goal };
}
