import { fc, test as propertyTest } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { glibcExp } from '../../src/core/glibc_exp.ts';

function exp(x: number): number {
  const numbers = new Float64Array([Number.NaN, x]);
  glibcExp(numbers, 1);
  return numbers[1];
}

// Measured on glibc 2.36, x86-64, with fused multiply-add and without; V8's Math.exp is off by the last bit at each of them.
test.each([
  [-17.513932772952458, 2.4762565669476467e-8],
  [-0.043343046141699884, 0.9575828386179533],
  [-6.423466560374421, 0.001623020174137533],
  [-0.12353557329160893, 0.8837902013583175],
  [-0.17782875337954615, 0.8370857593228432],
  [-34.15525087123119, 1.4674490066688824e-15],
  [-4.328044132820016, 0.013193326666160689],
  [-14.693272172297078, 4.1571239568983995e-7],
  [-0.4528462148951229, 0.6358159051239737],
  [-0.1884942107891013, 0.8282052980799014],
])('e^%f as glibc has it', (x, power) => {
  expect(exp(x)).toBe(power);
});

test('its ends', () => {
  expect(exp(0)).toBe(1);
  expect(exp(-0)).toBe(1);
  expect(exp(-Number.MIN_VALUE)).toBe(1);
  expect(exp(-1e-17)).toBe(1);
  expect(exp(-1e9)).toBe(0);
  expect(exp(-Infinity)).toBe(0);
});

propertyTest.prop([fc.double({ min: -745, max: 0, noNaN: true })])('is the power, but for rounding', (x) => {
  const power = Math.exp(x);
  expect(Math.abs(exp(x) - power)).toBeLessThanOrEqual(Math.max(power * 2 ** -52, Number.MIN_VALUE));
});
