/** What every target of backups must do, as a suite that is run on each. */
import { describe, expect, it } from 'vitest';
import type { BackupTarget } from '../../packages/cli/src/backup/backup-target.js';

/** Describes one kind. @param open Opens an empty target: prefixes end with a slash and may lie below each other. */
export function describeTarget(kind: string, open: (prefix: string) => Promise<BackupTarget>): void {
  describe(`a target: ${kind}`, () => {
    it('gives back what was put, whole, and nothing for what is not there', async () => {
      const target = await open('gives/');
      const bytes = Buffer.alloc(3_000_000, 7);
      await target.put('chunks/ab/abcd', bytes);
      expect(Buffer.compare((await target.get('chunks/ab/abcd')) ?? Buffer.alloc(0), bytes)).toBe(0);
      expect(await target.get('chunks/ab/none')).toBeUndefined();
      await target.put('chunks/ab/abcd', Buffer.from('other'));
      expect(Buffer.from((await target.get('chunks/ab/abcd')) ?? []).toString()).toBe('other');
      await target.put('chunks/ab/empty', new Uint8Array());
      expect((await target.get('chunks/ab/empty'))?.length).toBe(0);
    });

    it('lists what is below a prefix with lengths, and nothing else', async () => {
      const target = await open('lists/');
      expect(await namesIn(target, 'chunks/')).toEqual([]);
      await target.put('backups/one.json', Buffer.from('1'));
      await target.put('chunks/ab/x', Buffer.from('22'));
      await target.put('chunks/cd/y', Buffer.from('333'));
      expect(await namesIn(target, 'chunks/')).toEqual(['chunks/ab/x 2', 'chunks/cd/y 3']);
      expect(await namesIn(target, 'backups/')).toEqual(['backups/one.json 1']);
      const other = await open('lists/below/');
      expect(await namesIn(other, 'chunks/')).toEqual([]);
    });

    it('lists more than a page', async () => {
      const target = await open('pages/');
      const names = Array.from({ length: 1050 }, (_, index) => `chunks/ab/${String(index).padStart(4, '0')}`);
      const next = names.values();
      const put = async (): Promise<void> => {
        for (const name of next) await target.put(name, Buffer.from('1'));
      };
      await Promise.all(Array.from({ length: 8 }, put));
      expect(await namesIn(target, 'chunks/')).toEqual(names.map((name) => `${name} 1`));
    });

    it('deletes, and deletes again; what is unfinished is not what is there', async () => {
      const target = await open('deletes/');
      await target.put('runs/x.json', Buffer.from('1'));
      await target.put('runs/y.json', Buffer.from('1'));
      await target.delete('runs/x.json');
      await target.delete('runs/x.json');
      await target.deleteUnfinished();
      expect(await target.get('runs/x.json')).toBeUndefined();
      expect(await namesIn(target, 'runs/')).toEqual(['runs/y.json 1']);
    });
  });
}

async function namesIn(target: BackupTarget, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, length } of target.list(prefix)) names.push(`${name} ${length}`);
  return names.sort();
}
