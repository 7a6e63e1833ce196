package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/virtual"
)

// profileFlags say how long things take in virtual time.
type profileFlags struct {
	Profile string `help:"File of service times for virtual runs, as \"durabench report --format profile\" makes it. Default: the one that comes with durabench." placeholder:"FILE" group:"world"`
}

func (f profileFlags) read() (*virtual.Profile, error) {
	if f.Profile == "" {
		return virtual.Shipped()
	}
	data, err := os.ReadFile(f.Profile)
	if err != nil {
		return nil, flagError("profile", err)
	}
	p, err := virtual.ParseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("--profile %s: %w", f.Profile, err)
	}
	return p, nil
}

// profileOf measures a profile from the observations of a live run. The run must
// have had no jitter: only then is known what each message was delayed by, and
// what is left is the work of edges and homes.
func profileOf(places *regions.Map, dir string) (*virtual.Profile, error) {
	file, err := os.Open(filepath.Join(dir, observationsFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader, err := loadgen.NewReader(file)
	if err != nil {
		return nil, err
	}
	header := reader.Header()
	e, err := recordedLine(places, header.Args[min(1, len(header.Args)):])
	switch {
	case err != nil:
		return nil, fmt.Errorf("read observations: the header's arguments: %w", err)
	case e.flags.Engine != "live" || e.flags.Class == "chat" || e.flags.Class == "document" || e.jitter != regions.Jitter{}:
		return nil, errors.New("a profile is measured from a live run of counters without jitter: durabench run --class counter --objects 64 --jitter off --for 30s")
	}
	history, err := reader.ReadRun()
	if err != nil {
		return nil, err
	}
	var m measured
	for i := range history {
		m.add(places, &history[i])
	}
	return m.profile(map[string]string{
		"measured": header.Started.UTC().Format("2006-01-02"), "machine": header.Machine,
		"load": fmt.Sprintf("%s of %s, everything on the same cores", e.rate, e.flags.Class),
	})
}

// measured gathers the parts of the budget, in microseconds.
type measured struct{ turn, commit, load, forward, back []float64 }

func (m *measured) add(places *regions.Map, o *loadgen.Observation) {
	if o.Outcome != loadgen.OK || o.Budget == (loadgen.Budget{}) {
		return
	}
	b := &o.Budget
	m.turn = append(m.turn, micros(b[loadgen.Turn]))
	m.back = append(m.back, micros(b[loadgen.Return]))
	if o.Operation.Kind != loadgen.Read {
		m.commit = append(m.commit, micros(b[loadgen.Commit]))
	}
	if o.Budget.Cold() {
		m.load = append(m.load, micros(b[loadgen.Activate]))
	}
	if o.Server.Home == "" {
		return
	}
	way := places.Path(o.Edge, o.Server.Home, regions.Jitter{}, 0).Base()
	// A request that had to wait for a connection tells nothing here.
	if extra := b[loadgen.WAN] - 2*way; extra >= 0 && extra < 10*time.Millisecond {
		m.forward = append(m.forward, micros(extra))
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// rowCost is what each further row of a batch takes, from the benchmark of
// refimpl/store/postgres: 256 rows take 1.4 ms longer than one.
const rowCost = 5.4

// stepCost is what a node does for a turn besides the handler, in microseconds,
// from the peer benchmark: one core carries 33,000 hot reads a second.
const stepCost = 24

func (m *measured) profile(conditions map[string]string) (*virtual.Profile, error) {
	p := &virtual.Profile{Format: virtual.ProfileFormat, Conditions: conditions, CommitRow: rowCost}
	for i := range m.turn {
		m.turn[i] += stepCost
	}
	for _, part := range []struct {
		into *virtual.Distribution
		from []float64
		what string
	}{
		{&p.Service, m.turn, "replies with a budget"},
		{&p.Commit, m.commit, "writes"},
		{&p.Load, m.load, "replies of objects that had to be loaded"},
		{&p.Forward, m.forward, "replies with a network time"},
		{&p.Return, m.back, "replies with a budget"},
	} {
		const enough = 20
		if len(part.from) < enough {
			return nil, fmt.Errorf("measure profile: %d %s, at least %d are needed", len(part.from), part.what, enough)
		}
		slices.Sort(part.from)
		for _, share := range virtual.Shares() {
			at := part.from[int(share*float64(len(part.from)-1))]
			*part.into = append(*part.into, math.Round(at*10)/10)
		}
	}
	return p, nil
}

func writeProfile(w io.Writer, p *virtual.Profile) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode profile: %w", err)
	}
	// One distribution to a line: it is read by people too.
	text = regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllFunc(text, func(list []byte) []byte {
		return bytes.ReplaceAll(bytes.Join(bytes.Fields(list), []byte(" ")), []byte("[ "), []byte("["))
	})
	_, err = w.Write(append(bytes.ReplaceAll(text, []byte(" ]"), []byte("]")), '\n'))
	return err
}
