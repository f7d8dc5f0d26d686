-- The lab's application inside Apache (mod_lua): does what behaviour.ini says at every request.

local function behaviour(file)
	local values = {}
	for line in io.lines(file) do
		local key, value = line:match('^(%w+)=(.*)$')
		if key then values[key] = value end
	end
	return values
end

function handle(r)
	local now = behaviour(r.subprocess_env['LAB_BEHAVIOUR'])
	local query = r:parseargs()
	if r.method == 'POST' then r:requestbody() end
	r.headers_out['x-backend'] = r.subprocess_env['LAB_NAME']
	if r.uri:match('/sse$') then
		r.content_type = 'text/event-stream'
		while true do
			if r:puts('data: ' .. os.time() .. '\n\n') == -1 or r:flush() == -1 then return apache2.OK end
			r.usleep(500000)
		end
	end
	local ms = tonumber(query.ms)
	if not ms then
		ms = tonumber(math.random() < tonumber(now.tailShare) and now.tailMs or now.latencyMs)
	end
	r.usleep(math.floor(ms * 1000))
	r.status = tonumber(now.status)
	local left = tonumber(query.bytes or 200)
	r.headers_out['content-length'] = tostring(left)
	r.content_type = 'text/plain'
	local chunk = string.rep('x', 65536)
	while left > 0 do
		r:write(chunk:sub(1, left))
		left = left - #chunk
	end
	return apache2.OK
end
