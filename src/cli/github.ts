import { appendFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Sides } from '../report/change_lines.ts';
import {
  type Annotation,
  annotationLine,
  comparisonMarkdown,
  marginAnnotations,
  studyMarkdown,
  thresholdAnnotations,
  warningAnnotations,
} from '../report/github.ts';
import type { Comparison } from '../run/compare/compare_results.ts';
import { messageOf } from '../run/failure.ts';
import type { Study } from '../run/study.ts';
import { type Diagnostic, visible } from '../scenario/diagnostics.ts';
import { itemPlaces } from '../scenario/item_places.ts';
import { onGitHub } from './on_github.ts';
import { say } from './streams.ts';

/** What GitHub takes as the summary of a step, in bytes (docs.github.com, Adding a job summary). */
const MOST_SUMMARY = 1024 * 1024;

/**
 * What people see of a run on GitHub beside its log: annotations, and a summary of the step. Annotations go to standard
 * error, which the runner reads as it reads standard output, so that data stays data. Anywhere else all this does nothing.
 */
export function tellGitHubOfProblems(file: string, diagnostics: readonly Diagnostic[]): void {
  if (!onGitHub()) return;
  annotate(
    diagnostics.map(({ line, column, message, fix }) => ({
      level: 'error',
      file: fromTheTop(file),
      line,
      column,
      title: 'invalid scenario',
      message: `${visible(message)}\nfix: ${visible(fix)}`,
    })),
  );
}

/** `text` is the scenario file's; `strict`: what is inconclusive fails. */
export function tellGitHubOfStudy(file: string, text: Uint8Array, study: Study, strict: boolean): void {
  if (!onGitHub()) return;
  const path = fromTheTop(file);
  const places = itemPlaces(text, 'thresholds');
  const lineOf = (place: number) => places[place]?.line;
  annotate([...thresholdAnnotations(study, { file: path, strict, lineOf }), ...warningAnnotations(study, path)]);
  summarize(studyMarkdown(study));
}

export function tellGitHubOfComparison(comparison: Comparison, sides: Sides): void {
  if (!onGitHub()) return;
  annotate(marginAnnotations(comparison));
  summarize(comparisonMarkdown(comparison, sides));
}

function annotate(annotations: readonly Annotation[]): void {
  for (const annotation of annotations) say(annotationLine(annotation));
}

/** Where GitHub looks for a file: from the top of what was checked out. */
function fromTheTop(file: string): string | null {
  if (file === '-') return null;
  const { GITHUB_WORKSPACE } = process.env;
  if (GITHUB_WORKSPACE === undefined || GITHUB_WORKSPACE === '') return file;
  const path = relative(resolve(GITHUB_WORKSPACE), resolve(file));
  return path.startsWith('..') || isAbsolute(path) ? file : path.split(sep).join('/');
}

/** Adds to the summary of the step. What is too long for GitHub is left out: it would refuse all of it. */
function summarize(markdown: string): void {
  const { GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_STEP_SUMMARY === undefined || GITHUB_STEP_SUMMARY === '') return;
  try {
    const text = `${markdown}\n\n`;
    const there = statSync(GITHUB_STEP_SUMMARY, { throwIfNoEntry: false })?.size ?? 0;
    if (there + Buffer.byteLength(text) <= MOST_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, text);
    else say('meshtrial: the step summary would be longer than GitHub takes; part of it is left out');
  } catch (thrown) {
    // The run itself is none the worse.
    say(`meshtrial: cannot write the step summary: ${messageOf(thrown)}`);
  }
}
