import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { HubError } from '../../../src/hub/errors';
import type { HubStatus, HubStorage } from '../../../src/hub/protocol';
import { formatDateTime } from '../../../src/model/format';
import { HubStatusText } from '../../../src/views/hub/HubStatusText';
import {
  fakeActions,
  foreignElements,
  HOSTILE,
  show,
  trans
} from '../fixtures';

afterEach(cleanup);

const STARTED = 1_000_000;

const STATUS: HubStatus = {
  hub: 'h',
  release: '0.1.0',
  protocol: 3,
  kind: 'jupyter',
  pid: 7,
  started: STARTED,
  address: '127.0.0.1:1',
  data_dir: '/data/医院 1',
  note: '',
  number: 9,
  limits: {} as HubStatus['limits'],
  links: 0,
  viewers: 1,
  retention_days: 7,
  retention_bytes: 2 * 1024 ** 3
};
const STORAGE: HubStorage = {
  messages_bytes: 90_100,
  logs_bytes: 1_234_567,
  streams_bytes: 0,
  files_bytes: 203,
  free_bytes: 52_000_000_000,
  tasks: 3,
  runs: 1204,
  live_runs: 0,
  events: 31,
  records: 1_000_000,
  run_bytes: 1_100_000
};

/** A hub that answers so; 7,503 s after it started. */
function hub(
  status: Partial<HubStatus> = {},
  storage: Partial<HubStorage> = {}
) {
  const shown = show(null, STARTED + 7503);
  shown.server.answer = ([, name]) =>
    name === 'hub' ? { ...STATUS, ...status } : { ...STORAGE, ...storage };
  shown.server.requests.length = 0;
  return shown;
}

async function text(...answers: Parameters<typeof hub>) {
  const { federation, server } = hub(...answers);
  const actions = fakeActions();
  const { container } = render(
    <HubStatusText federation={federation} actions={actions} trans={trans} />
  );
  await screen.findByText('What it keeps');
  const fields = Object.fromEntries(
    [...container.querySelectorAll('dt')].map(name => [
      name.textContent,
      name.nextElementSibling?.textContent
    ])
  );
  return { container, fields, actions, server };
}

describe('the status of the hub', () => {
  it('tells versions, age, place, amounts and sizes', async () => {
    const { fields, server } = await text();
    expect(fields).toEqual({
      'Hub version': '0.1.0',
      'Protocol version': '3',
      'Up for': `2 h 5 min · since ${formatDateTime(STARTED).slice(0, 19)}`,
      'Data directory': '/data/医院 1',
      Tasks: '3',
      Runs: '1,204',
      'Contract messages': '31',
      'Logs and metrics': '1,000,000',
      'File of messages': '90.1 KB',
      'File of logs and metrics': '1.2 MB',
      'Data streams': '0',
      'Uploaded files': '203 B',
      'Free on this disk': '52.0 GB'
    });
    expect(
      server.requests.map(({ method, path }) => [method, path.join('/')])
    ).toEqual([
      ['GET', 'api/hub'],
      ['GET', 'api/storage']
    ]);
  });

  it('tells of runs that go on, and why the directory is another one', async () => {
    const { fields } = await text({ note: 'It is in use.' }, { live_runs: 2 });
    expect(fields['Runs']).toBe('1,204, of them 2 going on');
    expect(fields['Data directory']).toBe('/data/医院 1It is in use.');
  });

  it.each([
    [
      7,
      2 * 1024 ** 3,
      'Runs are removed 7 days after their end, and the oldest sooner while all take more than 2.1 GB. They take 1.1 MB now. A run that is going on stays.'
    ],
    [
      0.5,
      0,
      'Runs are removed 0.5 days after their end. They take 1.1 MB now. A run that is going on stays.'
    ],
    [
      0,
      5e8,
      'The oldest runs are removed while all take more than 500 MB. They take 1.1 MB now. A run that is going on stays.'
    ],
    [0, 0, 'No run is removed by itself. They take 1.1 MB now.']
  ])(
    'tells how long runs are kept: %s days, %s bytes',
    async (days, bytes, said) => {
      await text({ retention_days: days, retention_bytes: bytes });
      expect(screen.getByText(said)).toBeTruthy();
    }
  );

  it('has the command that frees space, to copy', async () => {
    const { actions } = await text();
    fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    expect(actions.copy).toHaveBeenCalledWith('alphamed-nb clean');
    await screen.findByRole('button', { name: 'Copied' });
  });

  it('says what went wrong', async () => {
    const { federation, server } = hub();
    server.answer = () => {
      throw new HubError('storage_failed', 'The disk is <b>gone</b>.', 507);
    };
    render(
      <HubStatusText
        federation={federation}
        actions={fakeActions()}
        trans={trans}
      />
    );
    expect((await screen.findByRole('alert')).textContent).toBe(
      'The hub did not answer: The disk is <b>gone</b>.'
    );
  });

  it('says so while it asks', async () => {
    const { federation } = hub();
    const { container } = render(
      <HubStatusText
        federation={federation}
        actions={fakeActions()}
        trans={trans}
      />
    );
    expect(container.querySelector('[aria-busy=true]')?.textContent).toBe(
      'Asking the hub.'
    );
    await screen.findByText('What it keeps');
    expect(container.querySelector('[aria-busy=true]')).toBeNull();
  });

  it.each(HOSTILE)('is only ever text: %s', async hostile => {
    const { container } = await text({
      release: hostile,
      data_dir: hostile,
      note: hostile
    });
    expect(screen.getAllByText(hostile)).toHaveLength(3);
    expect(foreignElements(container)).toEqual([]);
  });
});
