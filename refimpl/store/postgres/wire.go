package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// link is one connection with one transaction in flight at most, used by one
// goroutine at a time. It speaks the extended protocol itself, for two reasons:
// arguments are written once, straight into the buffer that is sent; and its
// own deadlines rule the wire, so that no caller's context can tear it.
//
//	bind … bind … send: one implicit transaction, one round trip
type link struct {
	conn     net.Conn
	frontend *pgproto3.Frontend
	patience time.Duration // for one round trip
	pid      uint32

	buf     []byte
	message int // where the message being written begins
	array   int // where the array being written begins

	tags    []int64 // rows touched, by statement of the last round trip
	inBlock bool    // the server waits for the end of a transaction block
}

// dial connects and takes the connection over. Only here is ctx heard.
func dial(ctx context.Context, config *pgconn.Config, patience time.Duration) (*link, error) {
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	taken, err := conn.Hijack()
	if err != nil {
		return nil, err
	}
	return &link{conn: taken.Conn, frontend: taken.Frontend, patience: patience, pid: taken.PID}, nil
}

// close says goodbye, without waiting for an answer.
func (l *link) close() {
	goodbye, _ := (&pgproto3.Terminate{}).Encode(nil)
	_ = l.conn.SetDeadline(time.Now().Add(l.patience))
	_, _ = l.conn.Write(goodbye)
	_ = l.conn.Close()
}

// drop ends the connection at once.
func (l *link) drop() { _ = l.conn.Close() }

func (l *link) begin(kind byte) {
	l.message = len(l.buf)
	l.buf = append(l.buf, kind, 0, 0, 0, 0)
}

func (l *link) end() {
	binary.BigEndian.PutUint32(l.buf[l.message+1:], uint32(len(l.buf)-l.message-1))
}

// prepare names a statement for the session.
func (l *link) prepare(name, sql string) {
	l.begin('P')
	l.text0(name)
	l.text0(sql)
	l.buf = binary.BigEndian.AppendUint16(l.buf, 0) // the server infers all types
	l.end()
}

// bind begins a use of a statement; its arguments follow, each by one call.
func (l *link) bind(name string, arguments int) {
	l.begin('B')
	l.text0("") // the unnamed portal
	l.text0(name)
	l.buf = binary.BigEndian.AppendUint16(l.buf, 1)
	l.buf = binary.BigEndian.AppendUint16(l.buf, 1) // all arguments are binary
	l.buf = binary.BigEndian.AppendUint16(l.buf, uint16(arguments))
}

// run ends what bind began.
func (l *link) run() {
	l.buf = binary.BigEndian.AppendUint16(l.buf, 1)
	l.buf = binary.BigEndian.AppendUint16(l.buf, 1) // all results are binary
	l.end()
	l.buf = append(l.buf, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0) // the unnamed portal, all rows
}

func (l *link) text0(s string) {
	l.buf = append(l.buf, s...)
	l.buf = append(l.buf, 0)
}

func (l *link) bytes(data []byte) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(len(data)))
	l.buf = append(l.buf, data...)
}

func (l *link) text(s string) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(len(s)))
	l.buf = append(l.buf, s...)
}

func (l *link) int2(n int16) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, 2)
	l.buf = binary.BigEndian.AppendUint16(l.buf, uint16(n))
}

func (l *link) int4(n int32) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, 4)
	l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(n))
}

func (l *link) int8(n int64) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, 8)
	l.buf = binary.BigEndian.AppendUint64(l.buf, uint64(n))
}

// epochOfPostgres is the zero of its timestamps, in microseconds of Unix time.
const epochOfPostgres = 946_684_800_000_000

// instant rounds up to the microsecond: an alarm is never kept too early.
func (l *link) instant(t time.Time) { l.int8(microsUp(t) - epochOfPostgres) }

func microsUp(t time.Time) int64 {
	micros := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		micros++
	}
	return micros
}

func instantOf(column []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(column)) + epochOfPostgres)
}

// The types of array elements, by their numbers in every Postgres.
const (
	oidBytea = 17
	oidInt8  = 20
	oidInt2  = 21
	oidInt4  = 23
	oidText  = 25

	oidInstant = 1184
)

// arrayOf begins an array argument; its elements follow.
func (l *link) arrayOf(element uint32, n int) {
	l.array = len(l.buf)
	l.buf = append(l.buf, 0, 0, 0, 0)
	dimensions := uint32(1)
	if n == 0 {
		dimensions = 0
	}
	l.buf = binary.BigEndian.AppendUint32(l.buf, dimensions)
	l.buf = binary.BigEndian.AppendUint32(l.buf, 0) // no nulls
	l.buf = binary.BigEndian.AppendUint32(l.buf, element)
	if n > 0 {
		l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(n))
		l.buf = binary.BigEndian.AppendUint32(l.buf, 1) // counted from one
	}
}

func (l *link) arrayEnd() {
	binary.BigEndian.PutUint32(l.buf[l.array:], uint32(len(l.buf)-l.array-4))
}

// keptBuffer is how much of a large send buffer is kept for the next one.
const keptBuffer = 1 << 20

// send makes a transaction of what was written and waits for its end. row is
// given each row of every statement, in order; its columns are not to be kept.
// A *pgconn.PgError that is not fatal leaves the link usable, and nothing of the
// transaction kept; after any other error the outcome is unknown.
func (l *link) send(row func(statement int, columns [][]byte)) error {
	l.buf = append(l.buf, 'S', 0, 0, 0, 4)
	if len(l.buf) > math.MaxInt32/2 {
		l.buf = nil
		return fmt.Errorf("send: over %d bytes in one transaction", math.MaxInt32/2)
	}
	if err := l.conn.SetDeadline(time.Now().Add(l.patience)); err != nil {
		return err
	}
	_, err := l.conn.Write(l.buf)
	if l.buf = l.buf[:0]; cap(l.buf) > keptBuffer {
		l.buf = nil
	}
	if err != nil {
		return l.lastWords(err)
	}
	return l.receive(row)
}

func (l *link) receive(row func(int, [][]byte)) error {
	l.tags = l.tags[:0]
	var refused *pgconn.PgError
	for {
		message, err := l.frontend.Receive()
		if err != nil {
			if refused != nil {
				return refused
			}
			return err
		}
		switch message := message.(type) {
		case *pgproto3.DataRow:
			if row != nil {
				row(len(l.tags), message.Values)
			}
		case *pgproto3.CommandComplete:
			l.tags = append(l.tags, pgconn.NewCommandTag(string(message.CommandTag)).RowsAffected())
		case *pgproto3.ErrorResponse:
			if refused == nil {
				refused = pgconn.ErrorResponseToPgError(message)
			}
		case *pgproto3.ReadyForQuery:
			l.inBlock = message.TxStatus != 'I'
			if refused != nil {
				return refused
			}
			return nil
		}
	}
}

// lastWords is why a connection cannot be written to: often the server said so
// before it hung up.
func (l *link) lastWords(broken error) error {
	for {
		message, err := l.frontend.Receive()
		if err != nil {
			return broken
		}
		if refusal, ok := message.(*pgproto3.ErrorResponse); ok {
			return pgconn.ErrorResponseToPgError(refusal)
		}
	}
}
