// @ts-check
/**
 * The figures of a run as SVG, drawn by Vega without a browser. Each picture brings its own background, and other
 * colours for readers who prefer dark pages.
 */
import { parse, View } from 'vega';
import { inShort } from './results.js';

/** Light colours, which Vega draws with, and what they become on dark pages. */
const COLORS = {
  paper: { light: '#ffffff', dark: '#0d1117' },
  ink: { light: '#1f2328', dark: '#e6edf3' },
  faint: { light: '#d1d9e0', dark: '#3d444d' },
  annals: { light: '#0969da', dark: '#4493f8' },
  other: { light: '#818b98', dark: '#767e89' },
  missed: { light: '#bc4c00', dark: '#db6d28' },
};
const DARK = `@media (prefers-color-scheme: dark){${Object.values(COLORS)
  .flatMap(({ light, dark }) => [`[fill="${light}"]{fill:${dark}}`, `[stroke="${light}"]{stroke:${dark}}`])
  .join('')}}`;
const FONT = 'system-ui, sans-serif';
const LABELS = { labelColor: COLORS.ink.light, labelFont: FONT, labelFontSize: 12, titleColor: COLORS.ink.light };
const LINES = { domainColor: COLORS.faint.light, tickColor: COLORS.faint.light, gridColor: COLORS.faint.light };
const WIDTH = 560;
const BAR_HEIGHT = 24;

/** @typedef {{ file: string, text: string, svg: string }} Picture */

/**
 * @param {import('./results.js').Results} results
 * @returns {Promise<Picture[]>} Those for which the run has figures.
 */
export async function picturesOf(results) {
  const contestsOf = (/** @type {string} */ kind) => results.contests.filter((contest) => contest.kind === kind);
  const wanted = [
    { file: 'appends.svg', text: '1 KiB appends, side by side', spec: barsOf(contestsOf('appends')) },
    { file: 'bodies.svg', text: 'Appends by size of their bodies', spec: barsOf(contestsOf('bodies')) },
    { file: 'objects.svg', text: 'Small objects, side by side', spec: barsOf(contestsOf('reads')) },
    { file: 'targets.svg', text: 'Every measurement as a share of its target', spec: targetsOf(results.rows) },
  ];
  /** @type {Picture[]} */
  const pictures = [];
  for (const { file, text, spec } of wanted)
    if (spec !== undefined) pictures.push({ file, text, svg: await draw(spec) });
  return pictures;
}

/** @param {import('vega').Spec} spec */
async function draw(spec) {
  const all = { ...spec, background: COLORS.paper.light, padding: 16, autosize: /** @type {const} */ ('pad') };
  const view = new View(parse(all), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg.replace('>', `><style>${DARK}</style>`)}\n`;
}

/**
 * Bars from zero to the median, with a line from the minimum to the maximum; a panel for each contest.
 * @param {readonly import('../load/turns.js').Contest[]} contests
 * @returns {import('vega').Spec | undefined}
 */
function barsOf(contests) {
  if (contests.length === 0) return undefined;
  return { layout: { columns: 1, padding: 24, align: 'each' }, marks: contests.map(panelOf) };
}

/**
 * @param {import('../load/turns.js').Contest} contest
 * @returns {import('vega').Mark}
 */
function panelOf({ title, unit, standings }) {
  const bars = standings.flatMap(({ name, spread }) =>
    spread === undefined ? [] : { name, ...spread, text: inShort(spread.median), isOurs: name.startsWith('Annals') },
  );
  const meaning = {
    '/s': 'requests a second, more is better',
    ms: 'ms until the answer, less is better',
    'MB/s': 'MB/s, more is better',
  };
  const height = bars.length * BAR_HEIGHT;
  const middle = { scale: 'who', field: 'name', band: 0.5 };
  return {
    type: 'group',
    title: { text: `${title}: ${meaning[unit]}`, anchor: 'start', color: COLORS.ink.light, font: FONT, fontSize: 13 },
    encode: { enter: { width: { value: WIDTH }, height: { value: height } } },
    data: [{ name: 'bars', values: bars }],
    scales: [
      { name: 'who', type: 'band', domain: bars.map(({ name }) => name), range: [0, height], padding: 0.25 },
      { name: 'value', domain: [0, Math.max(...bars.map(({ max }) => max)) * 1.08], range: [0, WIDTH], nice: true },
    ],
    axes: [
      { orient: 'bottom', scale: 'value', tickCount: 6, ...LABELS, ...LINES },
      { orient: 'left', scale: 'who', ticks: false, domain: false, labelPadding: 6, ...LABELS },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            y: { scale: 'who', field: 'name' },
            height: { scale: 'who', band: 1 },
            x: { scale: 'value', value: 0 },
            x2: { scale: 'value', field: 'median' },
            fill: [{ test: 'datum.isOurs', value: COLORS.annals.light }, { value: COLORS.other.light }],
          },
        },
      },
      {
        type: 'rule',
        from: { data: 'bars' },
        encode: {
          enter: {
            y: middle,
            x: { scale: 'value', field: 'min' },
            x2: { scale: 'value', field: 'max' },
            stroke: { value: COLORS.ink.light },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'bars' },
        encode: {
          enter: {
            y: middle,
            x: { scale: 'value', field: 'max', offset: 6 },
            text: { field: 'text' },
            baseline: { value: 'middle' },
            font: { value: FONT },
            fontSize: { value: 12 },
            fill: { value: COLORS.ink.light },
          },
        },
      },
    ],
  };
}

/**
 * A point for each target: 1 is just reached, and further to the right is better.
 * @param {readonly import('./results.js').MeasuredRow[]} rows
 * @returns {import('vega').Spec | undefined}
 */
function targetsOf(rows) {
  const points = rows.flatMap(({ name, ratio, relation, target, isReached }, index) => {
    const share = relation === '<=' ? target / ratio : ratio / target;
    if (!(share > 0) || !Number.isFinite(share)) return [];
    return { id: `${index}`, name, share: Math.min(10, Math.max(0.1, share)), isReached };
  });
  if (points.length === 0) return undefined;
  const height = points.length * 18;
  return {
    width: WIDTH,
    height,
    data: [{ name: 'points', values: points }],
    scales: [
      { name: 'which', type: 'point', domain: points.map(({ id }) => id), range: [0, height], padding: 0.5 },
      { name: 'name', type: 'ordinal', domain: points.map(({ id }) => id), range: points.map(({ name }) => name) },
      { name: 'share', type: 'log', domain: [0.1, 10], range: [0, WIDTH] },
    ],
    axes: [
      {
        orient: 'top',
        scale: 'share',
        values: [0.1, 0.2, 0.5, 1, 2, 5, 10],
        format: '~g',
        grid: true,
        ...LABELS,
        ...LINES,
      },
      {
        orient: 'left',
        scale: 'which',
        ticks: false,
        domain: false,
        labelPadding: 6,
        labelLimit: 700,
        encode: { labels: { update: { text: { signal: "scale('name', datum.value)" } } } },
        ...LABELS,
        labelFontSize: 11,
      },
    ],
    marks: [
      {
        type: 'rule',
        encode: {
          enter: {
            x: { scale: 'share', value: 1 },
            y: { value: 0 },
            y2: { value: height },
            stroke: { value: COLORS.ink.light },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'share', field: 'share' },
            y: { scale: 'which', field: 'id' },
            size: { value: 80 },
            // The form says it too, for readers who do not see the colours apart.
            shape: [{ test: 'datum.isReached', value: 'circle' }, { value: 'triangle-left' }],
            fill: [{ test: 'datum.isReached', value: COLORS.annals.light }, { value: COLORS.missed.light }],
          },
        },
      },
    ],
  };
}
