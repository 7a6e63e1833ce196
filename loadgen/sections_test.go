package loadgen_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/durabench/durabench/loadgen"
)

// A suite writes its runs into one file, one after the other.
func TestOneFileHoldsSeveralRuns(t *testing.T) {
	var file bytes.Buffer
	for run := range 3 {
		w, err := loadgen.NewWriter(&file, loadgen.Header{Seed: uint64(run)})
		if err != nil {
			t.Fatal(err)
		}
		for seq := range run { // the first run observed nothing
			if err := w.Write(&loadgen.Observation{Seq: uint64(seq), Class: "counter", Outcome: loadgen.OK}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := loadgen.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	for run := range 3 {
		if got := r.Header().Seed; got != uint64(run) {
			t.Fatalf("header of run %d: seed %d", run, got)
		}
		if run == 1 { // leave its observation unread
			if err := r.NextRun(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var o loadgen.Observation
		read := 0
		for err = r.Read(&o); err == nil; err = r.Read(&o) {
			read++
		}
		if !errors.Is(err, io.EOF) || read != run {
			t.Fatalf("run %d: %d observations and %v, want %d and EOF", run, read, err, run)
		}
		if err := r.NextRun(); run < 2 && err != nil || run == 2 && !errors.Is(err, io.EOF) {
			t.Fatalf("after run %d: %v", run, err)
		}
	}
}
