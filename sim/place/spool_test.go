package place

import (
	"os"
	"testing"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// TestSpoolToFiles spools with room for ten records, and wants the same as with room for all.
func TestSpoolToFiles(t *testing.T) {
	dir := t.TempDir()
	small, large := newSpool(dir), newSpool(dir)
	small.limit = 10
	for i := range 5000 {
		r := record{key: uint64(i * i % 97), at: time.Duration(i), edge: placement.Edge(i % 300), bytes: uint32(i)}
		if err := small.put(r); err != nil {
			t.Fatal(err)
		}
		if err := large.put(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := small.flushed(); err != nil {
		t.Fatal(err)
	}
	if small.dir == "" || large.dir != "" {
		t.Fatalf("the small one is in %q, the large one in %q", small.dir, large.dir)
	}
	n := 0
	for i := range portions {
		a, err := small.load(i)
		if err != nil {
			t.Fatal(err)
		}
		b, err := large.load(i)
		if err != nil {
			t.Fatal(err)
		}
		if len(a) != len(b) {
			t.Fatalf("portion %d: %d records from files, %d from memory", i, len(a), len(b))
		}
		for j := range a {
			if n++; a[j] != b[j] {
				t.Fatalf("portion %d: %+v from files, %+v from memory", i, a[j], b[j])
			}
		}
	}
	if n != 5000 {
		t.Errorf("%d records came back", n)
	}
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
