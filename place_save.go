package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/durabench/durabench/sim/place"
)

// save writes accesses as a trace instead of comparing anything over them.
func (p *placing) save(ctx context.Context) (err error) {
	file, err := os.OpenFile(p.Save, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return badUsage(fmt.Errorf("--save: %w", err))
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(p.stoppedBy(err), os.Remove(p.Save)) // half a trace is none
		}
	}()
	if !strings.HasSuffix(p.Save, ".gz") {
		return p.saveTo(ctx, file)
	}
	zip := gzip.NewWriter(file)
	return errors.Join(p.saveTo(ctx, zip), zip.Close())
}

func (p *placing) saveTo(ctx context.Context, w io.Writer) error {
	if p.Trace == "" {
		population := p.base
		population.Kind = p.kinds[0]
		source, err := population.Source(p.table)
		if err != nil {
			return badUsage(err)
		}
		if err := place.WriteTrace(ctx, w, source, p.table); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s: the accesses of population %s, seed %d\n", p.Save, population.Kind, population.Seed)
		return nil
	}
	trace, err := p.readTrace(ctx, w)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s, %s skipped\n", amount(trace.N, "access", "accesses"), amount(trace.Skipped.Lines, "line", "lines"))
	return trace.Close()
}

// amount is so many of something.
func amount(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// readTrace reads the trace that was named; a copy goes to where it is wanted, if it is.
func (p *placing) readTrace(ctx context.Context, copied io.Writer) (*place.Trace, error) {
	file, err := os.Open(p.Trace)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	trace, err := place.ReadTrace(until{ctx, file}, place.TraceOptions{
		Name: p.Trace, Table: p.table, Lenient: p.Lenient, Bytes: p.base.Bytes, Message: p.base.Message, Copy: copied,
	})
	if err != nil && ctx.Err() == nil {
		err = badUsage(err)
	}
	return trace, err
}

// until reads until a context ends.
type until struct {
	ctx  context.Context
	from io.Reader
}

// Read fails once the context has ended.
func (u until) Read(into []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, u.ctx.Err()
	}
	return u.from.Read(into)
}

// stoppedBy says in plain words that somebody interrupted the work; what is left of it, the caller says.
func (p *placing) stoppedBy(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted: nothing was saved")
	}
	return err
}
