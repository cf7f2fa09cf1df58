// @ts-check
/** The shared scenario through ali-oss. */
const { runAppendSteps } = require('./append-steps.cjs');
const { runBucketSteps } = require('./bucket-steps.cjs');
const { runObjectSteps } = require('./object-steps.cjs');

async function main() {
  await runAppendSteps();
  await runObjectSteps();
  await runBucketSteps();
}

main();
