import assert from 'node:assert/strict';
import {test} from 'node:test';
import {countPieces} from '../../src/ui/header.tsx';
import {type FindingSpec, healthy, world} from './models.ts';

const ok = {address: '10.0.0.1:80'};
const stopped: FindingSpec = {rule: 'traefik-stopped', severity: 'down', message: '94 clients not accepted'};

function counted(findings: readonly FindingSpec[]): string {
	const {assessment} = world({backends: [ok], findings});
	return countPieces(assessment)
		.map(([text]) => text)
		.join('');
}

test('the counts begin with what Traefik itself suffers from', () => {
	assert.equal(counted([stopped]), '✖ traefik-stopped  ● 1 ok');
	const fds: FindingSpec = {rule: 'fds', severity: 'degraded', message: 'Traefik uses 950 of 1024'};
	assert.equal(counted([fds, stopped]), '✖ traefik-stopped  ▲ fds  ● 1 ok');
});

test('a notice of the instance is not among the counts', () => {
	assert.equal(counted([{rule: 'partial', severity: 'notice', message: '3 dials refused'}]), '● 1 ok');
});

test('healthy backends are counted alone', () => {
	const {assessment} = healthy();
	assert.match(
		countPieces(assessment)
			.map(([text]) => text)
			.join(''),
		/^● \d+ ok( {2}○ \d+ idle)?$/,
	);
});
