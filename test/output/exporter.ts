/** What an exporter says of itself, where a test or a benchmark does not care. */
export const EXPORTER = {
	version: '1',
	intervalSeconds: 1,
	wantedIntervalSeconds: 1,
	cpuSeconds: 1,
	rssBytes: 1,
	startedAtSeconds: 1,
	scrapes: 1,
	ageSeconds: 0.5,
};
