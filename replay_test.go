package main

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/explore"
)

// The line that an exploration's failure prints gives the very same history.
func TestExplorationsReplayByCommand(t *testing.T) {
	b := virtualBench(t)
	w := explore.World{Map: b.places, Profile: b.profile, Classes: []string{"counter", "chat", "limiter", "session"}}
	for seed := range uint64(8) {
		e := explore.Draw(w, seed+1, true)
		seen, err := e.Run(t.Context(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := digestOfHistory(t, seen.History)
		dir := filepath.Join(t.TempDir(), "out")
		command(t, append(e.Args(), "--out="+dir)...)
		_, again, err := loadgen.ReadFile(filepath.Join(dir, observationsFile))
		if err != nil {
			t.Fatalf("%s: %v", e.Command(), err)
		}
		if got := digestOfHistory(t, again); got != want {
			t.Errorf("%s\ngave %d observations with digest %s, want %d with %s", e.Command(), len(again), got, len(seen.History), want)
		}
	}
}

func digestOfHistory(t *testing.T, history []loadgen.Observation) string {
	t.Helper()
	writer, err := loadgen.NewWriter(io.Discard, loadgen.Header{})
	if err != nil {
		t.Fatal(err)
	}
	recorder := loadgen.NewRecorder(writer, nil)
	for _, o := range history {
		recorder.Record(o)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	return writer.Digest()
}
