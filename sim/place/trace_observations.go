package place

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// readObservations takes what an earlier run recorded, in the order in which it was scheduled: runs write observations
// as they end. Joining and leaving a chat, and what others received, are no accesses.
func (t *Trace) readObservations(from io.Reader) error {
	source := &remembered{from: from}
	reader, err := loadgen.NewReader(source)
	if err != nil {
		return fmt.Errorf("%s: %w", t.options.Name, err)
	}
	for run := 1; ; run++ {
		history, cut := reader.ReadRun()
		if cut != nil {
			if err := t.cut(source, cut); err != nil {
				return err
			}
		}
		slices.SortStableFunc(history, func(a, b loadgen.Observation) int { return cmp.Compare(a.Scheduled, b.Scheduled) })
		began := time.Duration(reader.Header().Started.UnixNano())
		for i := range history {
			o := &history[i]
			t.line = int(o.Seq)
			switch o.Operation.Kind {
			case loadgen.Join, loadgen.Leave, loadgen.Resume, loadgen.Deliver:
				continue
			}
			edge, err := t.edge(string(o.Edge))
			if err == nil {
				err = t.append(line{began + o.Scheduled, strconv.Itoa(run) + "/" + o.Object, edge, t.options.Message, t.line})
			}
			if err := t.bad(err); err != nil {
				return err
			}
		}
		if cut != nil {
			return t.flushed()
		}
		if err := reader.NextRun(); errors.Is(err, io.EOF) {
			return t.flushed()
		} else if err != nil {
			return errors.Join(t.cut(source, err), t.flushed())
		}
	}
}

// cut is an end of observations in their middle: what comes after it is lost, and a lenient reader keeps what is whole.
// Trouble with reading, an interrupt above all, is no fault of the file.
func (t *Trace) cut(source *remembered, err error) error {
	err = fmt.Errorf("%s: %w", t.options.Name, err)
	if source.err != nil && !damaged(source.err) {
		return err
	}
	return t.skip(fmt.Errorf("%w; nothing behind it was read", err), err)
}

// remembered is a source that knows why it ended.
type remembered struct {
	from io.Reader
	err  error // nil after a good end
}

// Read implements io.Reader.
func (r *remembered) Read(into []byte) (int, error) {
	n, err := r.from.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
