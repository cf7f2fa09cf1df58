/** Checks that histories of one object are linearizable, from any recorder. For tests; the store does not need it. */
export { type CheckOptions, checkHistory, type HistoryVerdict, operationText } from './check-history.js';
export { HistoryDriver, type HistoryDriverOptions, type ObjectClient, type Sending } from './drive-histories.js';
export {
  type ContentDigest,
  HistoryClock,
  HistoryRecorder,
  type ObjectCall,
  type ObjectOutcome,
  type ObservedObject,
  type Operation,
} from './history.js';
export { applyCall, type ObjectState, type PresentObject, stateText } from './object-model.js';
export { type HistoryFault, type RandomHistoryOptions, randomHistory } from './random-history.js';
