import type { z } from 'zod';
import { pathText } from './variables.ts';

type Issue = z.core.$ZodIssue;

/** A place in a document and what to do there. */
export interface Finding {
  path: string;
  fix: string;
}

/** zod's issues as findings, one per key or value, in words for whoever writes the file. Values are never repeated. */
export function explain(issues: readonly Issue[], at: readonly PropertyKey[] = []): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = [...at, ...issue.path];
    const here = pathText(path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: pathText([...path, key]),
          fix: 'is not known here; correct its spelling or remove it',
        }));
      case 'invalid_type':
        return [{ path: here, fix: issue.message.endsWith('undefined') ? 'is missing' : `must be ${issue.expected}` }];
      case 'invalid_value':
        return [{ path: here, fix: `must be ${issue.values.map(String).join(' or ')}` }];
      case 'invalid_union':
        return issue.errors.length === 0
          ? [{ path: here, fix: `must be ${optionsOf(issue)}` }]
          : explain(nearest(issue.errors), path);
      case 'invalid_key':
        return explain(issue.issues, path);
      case 'too_small':
        return [{ path: here, fix: issue.origin === 'string' ? issue.message : `must be at least ${issue.minimum}` }];
      case 'too_big':
        return [{ path: here, fix: issue.origin === 'string' ? issue.message : `must be at most ${issue.maximum}` }];
      default:
        return [{ path: here, fix: issue.message }];
    }
  });
}

function optionsOf(issue: Issue): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.map(String).join(' or ');
}

/** Of a union's shapes the one the writer meant: the one with the fewest keys it does not know. */
function nearest(branches: readonly Issue[][]): readonly Issue[] {
  const strangeness = (branch: readonly Issue[]) =>
    branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length * 100 : 1), 0);
  return [...branches].sort((left, right) => strangeness(left) - strangeness(right))[0] ?? [];
}
