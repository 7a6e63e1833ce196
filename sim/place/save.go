package place

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// copier writes accesses as lines of a trace, in the order in which it gets them.
type copier struct {
	out   *bufio.Writer
	table *placement.Table
}

func newCopier(w io.Writer, t *placement.Table) *copier {
	c := &copier{bufio.NewWriterSize(w, 1<<16), t}
	fmt.Fprintln(c.out, "time,object,edge,bytes") // the writer keeps its first error for Flush
	return c
}

func (c *copier) line(at time.Duration, object string, edge placement.Edge, size uint32) {
	if strings.ContainsAny(object, ",\"") {
		object = `"` + strings.ReplaceAll(object, `"`, `""`) + `"`
	}
	fmt.Fprintf(c.out, "%d.%09d,%s,%s,%d\n", at/time.Second, at%time.Second, object, c.table.Edges[edge].ID, size)
}

// savedMost is how many accesses WriteTrace sorts in memory: a gigabyte and a half.
const savedMost = 50_000_000

// WriteTrace writes a source as a trace that ReadTrace reads, in order of time. Objects are called by their keys.
func WriteTrace(ctx context.Context, w io.Writer, source Source, t *placement.Table) error {
	all, err := gathered(ctx, source)
	if err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	slices.SortFunc(all, func(a, b record) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.key, b.key)) })
	c := newCopier(w, t)
	for _, r := range all {
		if ctx.Err() != nil {
			return fmt.Errorf("write trace: %w", ctx.Err())
		}
		c.line(r.at, fmt.Sprintf("%016x", r.key), r.edge, r.bytes)
	}
	return c.out.Flush()
}

// gathered is all accesses of a source, object by object.
func gathered(ctx context.Context, source Source) (all []record, err error) {
	for i := range source.Parts() {
		stream, err := source.Part(i)
		if err != nil {
			return nil, err
		}
		var o Object
		buffer := make([]Access, 1<<10)
		for stream.Next(&o) {
			for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
				for _, a := range buffer[:n] {
					all = append(all, record{key: o.Key, at: a.At, bytes: a.Bytes, edge: a.Edge})
				}
				if len(all) > savedMost {
					return nil, fmt.Errorf("more than %d accesses", savedMost)
				}
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
			}
		}
		if err := stream.Err(); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, ErrEmpty
	}
	return all, nil
}
