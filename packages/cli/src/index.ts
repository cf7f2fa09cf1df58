/** The parts of the `annals` command that documentation and tests look at. The command itself begins in `main.ts`. */
export { loadConfiguration } from './configuration/load-configuration.js';
export {
  type Configuration,
  configurationSchema,
  describeSettings,
  type SettingDescription,
} from './configuration/schema.js';
export { buildProgram } from './program.js';
