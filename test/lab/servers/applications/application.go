// The lab's application for Go's net/http: NAME BEHAVIOUR_FILE ADDRESS KEEP_ALIVE_SECONDS.
package main

import (
	"bytes"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func behaviour(file string) map[string]string {
	now := map[string]string{}
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if key, value, found := strings.Cut(line, "="); found {
			now[key] = value
		}
	}
	return now
}

func number(text string, usual float64) float64 {
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		return value
	}
	return usual
}

func main() {
	name, file, address := os.Args[1], os.Args[2], os.Args[3]
	keepAlive := number(os.Args[4], 120)
	answer := func(out http.ResponseWriter, request *http.Request) {
		now := behaviour(file)
		io.Copy(io.Discard, request.Body)
		milliseconds := number(now["latencyMs"], 0)
		if rand.Float64() < number(now["tailShare"], 0) {
			milliseconds = number(now["tailMs"], milliseconds)
		}
		milliseconds = number(request.URL.Query().Get("ms"), milliseconds)
		time.Sleep(time.Duration(milliseconds * float64(time.Millisecond)))
		body := bytes.Repeat([]byte{'x'}, int(number(request.URL.Query().Get("bytes"), 200)))
		out.Header().Set("Content-Length", strconv.Itoa(len(body)))
		out.Header().Set("X-Backend", name)
		if now["closes"] == "1" {
			out.Header().Set("Connection", "close")
		}
		out.WriteHeader(int(number(now["status"], 200)))
		out.Write(body)
	}
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(answer), IdleTimeout: time.Duration(keepAlive * float64(time.Second))}
	server.SetKeepAlivesEnabled(keepAlive > 0)
	panic(server.ListenAndServe())
}
