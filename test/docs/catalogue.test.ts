import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LOGGED_FIELDS } from '../../src/base/log.ts';
import { actionOf, type Reason } from '../../src/journey/rules/outcomes.ts';
import { PROBLEM_NAMES } from '../../src/tariff/endpoint/problems.ts';
import { membersOf } from './sources/types.ts';
import { emittedEvents } from './sources/events.ts';

/** The catalogues in docs/ name what the sources name, no less and no more. */

const root = path.resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
