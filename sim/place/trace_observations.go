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
	reader, err := loadgen.NewReader(from)
	if err != nil {
		return fmt.Errorf("%s: %w", t.options.Name, err)
	}
	for run := 1; ; run++ {
		history, err := reader.ReadRun()
		if err != nil {
			return fmt.Errorf("%s: %w", t.options.Name, err)
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
		if err := reader.NextRun(); errors.Is(err, io.EOF) {
			return t.flushed()
		} else if err != nil {
			return fmt.Errorf("%s: %w", t.options.Name, err)
		}
	}
}
