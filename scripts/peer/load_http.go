package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// connections is the number of keep-alive connections of every HTTP measurement.
const connections = 64

//go:embed load.lua
var loadLua []byte

// sample is one measurement of one system.
type sample struct {
	Done    int // requests answered well, or chat deliveries
	Errors  int // answers that were not good, and connections that broke
	Elapsed time.Duration
	P50     time.Duration // closed-loop latency; zero where it was not measured
	P99     time.Duration
	// Processor is what the system used meanwhile; zero where that is not known.
	Processor time.Duration
}

// processorEach is what one of what was done cost the system, in microseconds.
func (s sample) processorEach() float64 {
	if s.Done == 0 {
		return 0
	}
	return float64(s.Processor/time.Microsecond) / float64(s.Done)
}

// perSecond is the rate of what was done.
func (s sample) perSecond() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Done) / s.Elapsed.Seconds()
}

// target is what an HTTP load asks for: one path over objects of a name, in turn.
type target struct {
	Path    string
	Name    string
	Objects int // 1: the name itself; more: NAME-1 … NAME-n
}

// id is the name of the i-th object, i from 0. load.lua names them the same way.
func (t target) id(i int) string {
	if t.Objects == 1 {
		return t.Name
	}
	return t.Name + "-" + strconv.Itoa(i%t.Objects+1)
}

// httpLoad drives one system in a closed loop over `connections` connections.
type httpLoad interface {
	String() string
	drive(ctx context.Context, addr string, t target, d time.Duration) (sample, error)
}

func newHTTPLoad(kind, dir string) (httpLoad, error) {
	if kind == "own" {
		return ownLoad{}, nil
	}
	path, err := exec.LookPath("wrk")
	if err != nil && kind == "auto" {
		return ownLoad{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--http wrk: %w", err)
	}
	script := filepath.Join(dir, "load.lua")
	if err := os.WriteFile(script, loadLua, 0o600); err != nil {
		return nil, fmt.Errorf("write wrk's script: %w", err)
	}
	return wrkLoad{path: path, script: script}, nil
}

// wrkLoad is the program wrk with our script.
type wrkLoad struct{ path, script string }

func (w wrkLoad) String() string {
	// wrk has no quiet way to tell its version; it tells it together with its usage.
	out, _ := exec.Command(w.path, "--version").CombinedOutput()
	version, _, _ := strings.Cut(firstLine(out), " [")
	return version
}

func (w wrkLoad) drive(ctx context.Context, addr string, t target, d time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, d+15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.path, "-t2", "-c"+strconv.Itoa(connections), "-d"+d.String(), "-s", w.script,
		"http://"+addr, "--", t.Path, t.Name, strconv.Itoa(t.Objects))
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return sample{}, fmt.Errorf("run wrk: %w", context.Cause(ctx))
	}
	if err != nil {
		return sample{}, fmt.Errorf("run wrk: %w: %s", err, firstLine(out))
	}
	return parseWrk(out)
}

// parseWrk reads the line that load.lua prints after wrk's own report.
func parseWrk(out []byte) (sample, error) {
	_, line, found := bytes.Cut(out, []byte("RESULT "))
	if !found {
		return sample{}, fmt.Errorf("read wrk's result: there is none in %q", firstLine(out))
	}
	var r struct {
		Requests  int   `json:"requests"`
		ElapsedUS int64 `json:"elapsed_us"`
		Errors    int   `json:"errors"`
		P50US     int64 `json:"p50_us"`
		P99US     int64 `json:"p99_us"`
	}
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&r); err != nil {
		return sample{}, fmt.Errorf("read wrk's result: %w", err)
	}
	us := func(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
	return sample{
		Done: max(0, r.Requests-r.Errors), Errors: r.Errors,
		Elapsed: us(r.ElapsedUS), P50: us(r.P50US), P99: us(r.P99US),
	}, nil
}

// readCount reads the body of a counter's answer.
func readCount(resp *http.Response) (int, error) {
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("read a counter: status %s", resp.Status)
	}
	var body struct {
		Count *int `json:"count"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return 0, fmt.Errorf("read a counter: %w", err)
	}
	if body.Count == nil {
		return 0, errors.New("read a counter: the answer has no count")
	}
	return *body.Count, nil
}
