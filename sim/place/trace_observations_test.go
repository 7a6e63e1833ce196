package place_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/place"
)

// observed is the observations of two runs, of so many accesses each.
func observed(t *testing.T, each int) []byte {
	t.Helper()
	var file bytes.Buffer
	for range 2 {
		w, err := loadgen.NewWriter(&file, loadgen.Header{Started: time.Unix(100, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range each {
			o := loadgen.Observation{
				Seq: uint64(i), Edge: "LHR", Object: fmt.Sprintf("a-%d", i*7919%1000), Scheduled: time.Duration(i) * time.Second,
				Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.OK,
			}
			if err := w.Write(&o); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// TestCutObservations reads what is left of observations whose end is missing, as an archive and as text: leniently the
// part that is whole, and how it ended is told. An interrupt is no fault of the file.
func TestCutObservations(t *testing.T) {
	const each = 8_000
	zipped := observed(t, each)
	unzip, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		story       string
		file        []byte
		least, most int64
	}{
		{"three quarters of an archive", zipped[:len(zipped)*3/4], each, 2*each - 1},
		{"a quarter of an archive", zipped[:len(zipped)/4], 500, each - 1},
		{"half a line of text", plain[:len(plain)*3/4+7], each, 2*each - 1},
		{"half a header", plain[:bytes.LastIndex(plain, []byte(`{"format"`))+20], each, each},
	} {
		o := options(t)
		if _, err := place.ReadTrace(bytes.NewReader(test.file), o); err == nil || !strings.HasPrefix(err.Error(), "t.csv: read observations: line ") {
			t.Errorf("%s: %v", test.story, err)
		}
		o.Lenient = true
		trace, err := place.ReadTrace(bytes.NewReader(test.file), o)
		if err != nil {
			t.Errorf("%s, leniently: %v", test.story, err)
			continue
		}
		if trace.N < test.least || trace.N > test.most || trace.Skipped.Lines != 1 || !strings.HasSuffix(trace.Skipped.Examples[0], "; nothing behind it was read") {
			t.Errorf("%s, leniently: %d accesses, want %d to %d; skipped %+v", test.story, trace.N, test.least, test.most, trace.Skipped)
		}
	}
	o := options(t)
	o.Lenient = true
	broken := io.MultiReader(bytes.NewReader(plain[:len(plain)/2]), interrupted{})
	if _, err := place.ReadTrace(broken, o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// interrupted is a source that somebody stopped.
type interrupted struct{}

func (interrupted) Read([]byte) (int, error) { return 0, context.Canceled }
