/**
 * Put-, Get- and DeleteUserDefinedLogFieldsConfig: `?userDefinedLogFieldsConfig`. Without effect: lines have the
 * documented fields and no others.
 */
import { requirePlainValue } from '@annals/protocol';
import {
  deleteConfiguration,
  getPlainConfiguration,
  putPlainConfiguration,
} from '../configuring/stored-configuration.js';

/** Sets which headers and parameters the access log names beside its own fields: `PutUserDefinedLogFieldsConfig`. */
export const putUserDefinedLogFieldsConfig = putPlainConfiguration(
  { name: 'PutUserDefinedLogFieldsConfig', effect: 'kept', remark: 'Lines have the documented fields and no others.' },
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  (content) => {
    for (const path of ['HeaderSet.header', 'ParamSet.parameter']) requirePlainValue(content, path, /^\S+$/, false);
  },
);

/** Shows these fields of the access log: `GetUserDefinedLogFieldsConfig`. */
export const getUserDefinedLogFieldsConfig = getPlainConfiguration(
  { name: 'GetUserDefinedLogFieldsConfig', effect: 'kept' },
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  'NoSuchConfiguration',
);

/** Removes these fields of the access log: `DeleteUserDefinedLogFieldsConfig`. */
export const deleteUserDefinedLogFieldsConfig = deleteConfiguration(
  { name: 'DeleteUserDefinedLogFieldsConfig', effect: 'kept' },
  'userDefinedLogFields',
);
