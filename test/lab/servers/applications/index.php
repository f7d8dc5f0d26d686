<?php
/** The lab's application for php-fpm: does what behaviour.ini says at every request. */
$now = parse_ini_file($_SERVER['LAB_BEHAVIOUR']);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
header('x-backend: ' . $_SERVER['LAB_NAME']);
if (str_ends_with($path, '/sse')) {
	header('content-type: text/event-stream');
	header('x-accel-buffering: no');
	set_time_limit(0);
	while (true) {
		echo 'data: ', microtime(true), "\n\n";
		@ob_flush();
		flush();
		usleep(500_000);
	}
}
$isTail = mt_rand() / mt_getrandmax() < (float) $now['tailShare'];
$ms = (float) ($_GET['ms'] ?? $now[$isTail ? 'tailMs' : 'latencyMs']);
usleep((int) ($ms * 1000));
http_response_code((int) $now['status']);
$bytes = (int) ($_GET['bytes'] ?? 200);
header("content-length: $bytes");
for (; $bytes > 0; $bytes -= 65536) echo str_repeat('x', min($bytes, 65536));
