package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/durabench/durabench/sim/place"
)

// save writes accesses as a trace instead of comparing anything over them.
func (p *placing) save() (err error) {
	file, err := os.OpenFile(p.Save, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return badUsage(fmt.Errorf("--save: %w", err))
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(p.Save)) // half a trace is none
		}
	}()
	if !strings.HasSuffix(p.Save, ".gz") {
		return p.saveTo(file)
	}
	zip := gzip.NewWriter(file)
	return errors.Join(p.saveTo(zip), zip.Close())
}

func (p *placing) saveTo(w io.Writer) error {
	if p.Trace == "" {
		population := p.base
		population.Kind = p.kinds[0]
		source, err := population.Source(p.table)
		if err != nil {
			return badUsage(err)
		}
		return place.WriteTrace(w, source, p.table)
	}
	trace, err := p.readTrace(w)
	if err != nil {
		return badUsage(err)
	}
	fmt.Fprintf(p.stdout, "%d accesses, %d lines skipped\n", trace.N, trace.Skipped.Lines)
	return trace.Close()
}

// readTrace reads the trace that was named; a copy goes to where it is wanted, if it is.
func (p *placing) readTrace(copied io.Writer) (*place.Trace, error) {
	file, err := os.Open(p.Trace)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return place.ReadTrace(file, place.TraceOptions{
		Name: p.Trace, Table: p.table, Lenient: p.Lenient, Bytes: p.base.Bytes, Message: p.base.Message, Copy: copied,
	})
}
