package refimpl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// Calls between nodes take an upgraded connection.
const (
	callsPath     = "/calls"
	callsProtocol = "durabench-calls/1"
)

// trunkCalls bounds the calls without an answer on one trunk.
const trunkCalls = 4096

// dialPatience bounds how long a trunk takes to be made.
const dialPatience = 10 * time.Second

// Errors of trunks.
var (
	errUnsent      = errors.Join(errors.New("the object's home cannot be reached"), actor.ErrRetryable)
	errTrunkBroken = errors.Join(errors.New("the connection to the object's home was lost"), actor.ErrUnknownOutcome)
	errTrunkFull   = errors.Join(errors.New("too many calls to one home"), actor.ErrOverloaded)
)

// trunk is the one connection that carries all calls from here to a node. So they
// are delivered in the order sent, each at most once; and when it breaks, all that
// are not answered fail together, before another trunk is made.
type trunk struct {
	link *link

	mu      sync.Mutex
	lastID  uint64
	pending map[uint64]pendingCall
	broken  bool
}

// pendingCall waits for its answer.
type pendingCall struct {
	at       uint64 // in the link's stream
	to       object.ID
	answered func(answer)
}

func newTrunk() *trunk {
	return &trunk{link: newLink(), pending: make(map[uint64]pendingCall)}
}

// send puts a call. If it returns an error the call was not sent, and answered
// will not be called.
func (t *trunk) send(to object.Identity, request *object.Request, answered func(answer)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.broken:
		return errUnsent
	case len(t.pending) >= trunkCalls:
		return errTrunkFull
	}
	number := t.lastID + 1
	at, err := t.link.put(func(out []byte) []byte { return appendAsk(out, ask{number, to, request}) })
	switch {
	case errors.Is(err, errLinkFull):
		return errTrunkFull
	case err != nil:
		return errUnsent
	}
	t.lastID = number
	t.pending[number] = pendingCall{at, to.ID, answered}
	return nil
}

// run makes the connection and reads answers until it ends. Then all that is
// pending fails.
func (t *trunk) run(ctx context.Context, m *Remote) {
	err := t.connected(ctx, m)
	if ctx.Err() == nil {
		m.log.Warn("calls interrupted", "address", m.address, "cause", err)
	}
	t.mu.Lock()
	t.broken = true
	pending := t.pending
	t.pending = nil
	t.mu.Unlock()
	reached := t.link.reached()
	for _, p := range pending {
		cause := errTrunkBroken
		if p.at >= reached {
			cause = errUnsent
		}
		p.answered(answer{cause: actor.CallFailure(p.to, cause)})
	}
}

func (t *trunk) connected(ctx context.Context, m *Remote) error {
	dialCtx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	conn, err := m.transport.DialContext(dialCtx, "tcp", m.address)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(dialPatience))
	request, err := http.NewRequestWithContext(dialCtx, http.MethodGet, "http://"+m.address+callsPath, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", callsProtocol)
	if err := request.Write(conn); err != nil {
		return fmt.Errorf("ask for the upgrade: %w", err)
	}
	from := bufio.NewReader(conn)
	response, err := http.ReadResponse(from, request)
	if err != nil {
		return fmt.Errorf("read the upgrade: %w", err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("no upgrade: status %d", response.StatusCode)
	}
	var writer sync.WaitGroup
	writer.Go(func() { t.link.write(conn) })
	err = t.link.read(conn, from, maxReplyBytes, t.hear)
	_ = conn.Close()
	t.link.close()
	writer.Wait()
	return err
}

// hear takes one answer.
func (t *trunk) hear(kind byte, data []byte) (err error) {
	var number uint64
	var a answer
	switch kind {
	case replyFrame:
		number, a.response, err = parseReply(data)
	case refusalFrame:
		number, a, err = parseRefusal(data)
	default:
		err = fmt.Errorf("%w: kind %d", errBadFrame, kind)
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	p, ok := t.pending[number]
	delete(t.pending, number)
	t.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: an answer to nothing", errBadFrame)
	}
	if a.cause != nil {
		a.cause.Object = p.to
	}
	p.answered(a)
	return nil
}
