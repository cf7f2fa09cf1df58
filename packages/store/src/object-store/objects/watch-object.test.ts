import { expect, test } from 'vitest';
import { BUCKET, openTestStore } from '../../conformance/object-store-test-store.js';

test('watchObject calls back after every durable change of the object, until it is ended', async () => {
  const { store, append } = await openTestStore({ settings: { appendable: { overwrite: 'allow' } } });
  const target = { bucket: BUCKET, key: 'log' };
  const lengths: (number | undefined)[] = [];
  let changed: () => void = () => undefined;
  const end = store.watchObject(target, () => changed());
  const expectChange = async (change: () => Promise<unknown>): Promise<void> => {
    const called = new Promise<void>((resolve) => {
      changed = resolve;
    });
    await Promise.all([change(), called]);
    lengths.push(
      await store.headObject(target).then(
        (head) => head.length,
        () => undefined,
      ),
    );
  };
  await expectChange(() => append('log', 0, 'abc'));
  await expectChange(() => append('log', 3, 'def'));
  await expectChange(() => store.sealObject({ ...target, position: 6 }));
  await expectChange(() => store.deleteObject(target));
  expect(lengths).toEqual([3, 6, 6, undefined]);
  end();
  changed = () => expect.fail('called after the watch was ended');
  await append('log', 0, 'x');
});
