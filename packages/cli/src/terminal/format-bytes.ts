/** Numbers of bytes as commands print them. */

/** @returns A number of bytes as people read it. */
export function formatBytes(lengthBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let index = 0;
  let value = lengthBytes;
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${index === 0 ? value : value.toFixed(1)} ${units[index] ?? 'B'}`;
}
