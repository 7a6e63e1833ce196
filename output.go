package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// outputFlags say where results go.
type outputFlags struct {
	Out string `short:"o" help:"Directory for the results; it must be new or empty. Default: out/TIME-NAME." placeholder:"DIR"`
}

const observationsFile = "observations.jsonl.gz"

// output is a directory of results.
type output struct {
	dir     string
	file    *os.File // observations, one compressed section a run
	started time.Time
}

func (f outputFlags) create(name string, now time.Time) (*output, error) {
	dir := f.Out
	if dir == "" {
		slug := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
		dir = filepath.Join("out", now.Format("20060102-150405")+"-"+slug)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make output directory: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read output directory: %w", err)
	}
	if len(entries) > 0 {
		return nil, badUsage(fmt.Errorf("--out %s: the directory is not empty", dir))
	}
	file, err := os.Create(filepath.Join(dir, observationsFile))
	if err != nil {
		return nil, fmt.Errorf("create observations: %w", err)
	}
	return &output{dir: dir, file: file, started: now}, nil
}

// section starts the section of a run in the file of observations.
func (o *output) section(e *experiment) (*loadgen.Writer, error) {
	w, err := loadgen.NewWriter(o.file, loadgen.Header{
		Version: version, Commit: commit(), Seed: e.flags.Seed, Machine: machine(),
		Args: e.args, Started: time.Now(),
	})
	if err != nil {
		return nil, fmt.Errorf("record observations: %w", err)
	}
	return w, nil
}

// finish writes the report beside the observations.
func (o *output) finish(r *reports.Report) error {
	r.Started, r.Took = o.started, reports.Micros(time.Since(o.started))
	return errors.Join(o.file.Close(), reports.Write(o.dir, r))
}

// discard removes a directory in which nothing was recorded.
func (o *output) discard() {
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
	_ = os.Remove(o.dir) // stays if somebody put something in it
}

// machine tells what the numbers were got on.
func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

// commit is the version-control revision of the build, if it was built with one.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
