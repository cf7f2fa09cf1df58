#!/usr/bin/env node
// One after the other: Node opens all files of what is imported together at once, which few descriptors
// (`ulimit -n 128`) do not allow.
await import('zod');
await import('yaml');
await import('commander');
await import('@annals/protocol');
await import('../dist/main.js');
