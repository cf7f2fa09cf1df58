/**
 * `annals scrub`: the scrub of a running server, which reads all stored bytes, and checks all rows, again and again.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { adminCommand, adminGroup, describeRows } from '../admin/admin-output.js';
import { type AdminAnswer, readPart } from '../admin/read-answer.js';

/** Builds the command. */
export function scrubCommand(): Command {
  return adminGroup(
    'scrub',
    'control the scrub, which looks for damage',
    [
      adminCommand('status', 'show how far it is, what it has found, and the objects that are hit', () => ({
        method: 'GET',
        path: ['scrub'],
        describe: describeScrub,
      })),
      adminCommand('start', 'let it run, from where it was stopped', () => ({
        method: 'POST',
        path: ['scrub', 'start'],
        describe: describeScrub,
      })),
      adminCommand('stop', 'stop it until it is started, also over restarts', () => ({
        method: 'POST',
        path: ['scrub', 'stop'],
        describe: describeScrub,
      })),
    ],
    {},
  );
}

const scrubSchema = z.looseObject({
  findings: z
    .array(z.object({ contentId: z.string(), start: z.number(), end: z.number(), detail: z.string() }))
    .default([]),
  rows: z
    .looseObject({ findings: z.array(z.object({ severity: z.string(), message: z.string() })).default([]) })
    .default({ findings: [] }),
  rowsUnderWay: z.looseObject({}).default({}),
});

/** Figures, then a line for each finding. */
function describeScrub(answer: AdminAnswer): string {
  const { findings, rows, rowsUnderWay, ...figures } = readPart(answer.scrub, 'scrub', scrubSchema);
  const { findings: rowFindings, ...rowFigures } = rows;
  const prefixed = { ...withPrefix('rowsUnderWay', rowsUnderWay), ...withPrefix('rows', rowFigures) };
  const lines = [
    ...findings.map(
      ({ contentId, start, end, detail }) => `damage: content ${contentId}, bytes ${start} to ${end}: ${detail}\n`,
    ),
    ...rowFindings.map(({ severity, message }) => `${severity}: ${message}\n`),
  ];
  return `${describeRows({ ...answer, scrub: { ...figures, ...prefixed } })}${lines.join('')}`;
}

function withPrefix(prefix: string, figures: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}.${name}`, value]));
}
