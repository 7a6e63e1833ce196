package loadgen_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
)

func ExampleConstant() {
	rate, err := loadgen.ParseRate("200/s")
	if err != nil {
		fmt.Println(err)
		return
	}
	at := loadgen.Constant(rate)
	fmt.Println(at(0), at(1), at(1000))
	// Output: 0s 5ms 5s
}

func TestParseRate(t *testing.T) {
	good := map[string]loadgen.Rate{
		"200/s": 200, "200": 200, "30/m": 0.5, "5/100ms": 50, "0.5/s": 0.5, "1e3/s": 1000, " 7 / 1h ": 7.0 / 3600,
	}
	for text, want := range good {
		got, err := loadgen.ParseRate(text)
		if err != nil || math.Abs(float64(got-want)) > 1e-9 {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
		if again, err := loadgen.ParseRate(got.String()); err != nil || again != got {
			t.Errorf("%q: %q reads as %v, %v", text, got, again, err)
		}
	}
	bad := map[string]string{
		"":          `"" is no number`,
		"fast":      `"fast" is no number`,
		"10/":       `"" is no unit of time`,
		"10/fort":   `"fort" is no unit of time`,
		"10/0s":     `"0s" is no unit of time`,
		"10/-1s":    `no unit of time`,
		"-5/s":      "more than zero",
		"0/s":       "more than zero",
		"NaN/s":     "is no number",
		"inf":       "is no number",
		"1e12/s":    "at most 10000000/s",
		"5/100ms/s": "no unit of time",
	}
	for text, want := range bad {
		if _, err := loadgen.ParseRate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", text, err, want)
		}
	}
}

func TestPoissonDependsOnSeqAndSeedOnly(t *testing.T) {
	const n = 20_000
	at := loadgen.Poisson(1000, 5)
	var instants []time.Duration
	for seq := range uint64(n) {
		instants = append(instants, at(seq))
	}
	if !slices.IsSorted(instants) {
		t.Error("instants do not rise")
	}
	again := loadgen.Poisson(1000, 5)
	for _, seq := range []uint64{500, 499, 19_999, 0, 7} {
		if got := again(seq); got != instants[seq] {
			t.Errorf("instant %d is %s when asked out of order, %s in order", seq, got, instants[seq])
		}
	}
	if got := loadgen.Poisson(1000, 6)(3); got == instants[3] {
		t.Error("another seed gives the same instants")
	}
	// The sum of n distances has a standard deviation of sqrt(n) of them.
	if last := instants[n-1].Seconds(); math.Abs(last-n/1000.0) > 5*math.Sqrt(n)/1000 {
		t.Errorf("%d operations at 1000/s end at %.2f s", n, last)
	}
}

func TestSpreadFollowsWeights(t *testing.T) {
	edges := []loadgen.Edge{{ID: "a", Weight: 5}, {ID: "b", Weight: 3}, {ID: "c", Weight: 2}}
	assigned := loadgen.Spread(edges, 100)
	for clients := 1; clients <= len(assigned); clients++ {
		counts := make([]int, len(edges))
		for _, e := range assigned[:clients] {
			counts[e]++
		}
		for i, e := range edges {
			if fair := e.Weight / 10 * float64(clients); math.Abs(float64(counts[i])-fair) > 1 {
				t.Fatalf("of %d clients edge %s has %d, want %.1f", clients, e.ID, counts[i], fair)
			}
		}
	}
	if !slices.Equal(loadgen.Spread(edges, 40), assigned[:40]) {
		t.Error("more clients move the earlier ones")
	}
}

func TestRecorderKeepsAndWritesTheSame(t *testing.T) {
	var file strings.Builder
	writer, err := loadgen.NewWriter(&file, loadgen.Header{})
	if err != nil {
		t.Fatal(err)
	}
	var history []loadgen.Observation
	recorder := loadgen.NewRecorder(writer, func(o *loadgen.Observation) { history = append(history, *o) })
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := range 1000 {
				o := sampleObservation(uint64(client*1000 + n))
				o.Sent, o.Done = o.Sent+999, o.Done+1999 // nanoseconds, which are cut
				o.Outcome = []loadgen.Outcome{loadgen.OK, loadgen.Failed, loadgen.Unknown}[n%3]
				recorder.Record(o)
			}
		})
	}
	clients.Wait()
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	if err := recorder.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if got, want := recorder.Tally(), (loadgen.Tally{OK: 2672, Failed: 2664, Unknown: 2664}); got != want || got.All() != 8000 {
		t.Errorf("got tally %+v, want %+v", got, want)
	}
	written, err := decode(file.String())
	if err != nil || !slices.Equal(written, history) {
		t.Errorf("%d observations written, %d kept, %v: want the same", len(written), len(history), err)
	}
	for _, o := range written {
		if o.Budget.Whole() != o.Latency() {
			t.Fatalf("the parts of %d add up to %s, its latency is %s", o.Seq, o.Budget.Whole(), o.Latency())
		}
	}
}

// full is a disk with room for a few bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, fmt.Errorf("no space left")
	}
	return len(p), nil
}

func TestRecorderOnAFullDiskStillKeeps(t *testing.T) {
	writer, err := loadgen.NewWriter(&full{room: 1 << 17}, loadgen.Header{})
	if err != nil {
		t.Fatal(err)
	}
	var history []loadgen.Observation
	recorder := loadgen.NewRecorder(writer, func(o *loadgen.Observation) { history = append(history, *o) })
	for n := range uint64(50_000) {
		recorder.Record(sampleObservation(n * 7919 % 1_000_003))
	}
	if err := recorder.Close(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v, want the disk's error", err)
	}
	if len(history) != 50_000 {
		t.Errorf("kept %d observations of 50000", len(history))
	}
}
