import { defaultSettings } from '@annals/server';
import { defaultObjectStoreSettings } from '@annals/store';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { toServerSettings, toStoreSettings } from './server-settings.js';

const root = { accessKeyId: 'id', accessKeySecret: 'secret' };

it('without a configuration the packages underneath get their own defaults', () => {
  const configuration = loadConfiguration({}, undefined);
  expect(toServerSettings(configuration, root)).toEqual({ ...defaultSettings, root });
  expect(toStoreSettings(configuration)).toEqual({
    appendable: defaultObjectStoreSettings.appendable,
    archive: defaultObjectStoreSettings.archive,
    brake: { delayMsMax: defaultObjectStoreSettings.brake.delayMsMax },
  });
});

it('flags reach the settings they are meant for', () => {
  const configuration = loadConfiguration({ domain: ['oss.example.com'], region: 'cn-hangzhou' }, undefined);
  expect(toServerSettings(configuration, root)).toMatchObject({ domains: ['oss.example.com'], region: 'cn-hangzhou' });
});
