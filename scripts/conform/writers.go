package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/durabench/durabench/refimpl/text"
)

// write lets several members edit one document at the same time, each without waiting for the others
// and with a replica of its own. In which order the edits come is chance, so the answer is what must
// be true of each order: the replicas end with the text that the document has, and every edit is
// ordered once. The edits of one writer are ordered as it made them, or its replica would not take them.
func (p *player) write(ctx context.Context, s step) (string, error) {
	base := p.expand(s.Path)
	var members []*writer
	for name := range strings.SplitSeq(s.Of, ",") {
		conn, answer, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+p.stage.Address()+base+"/ws?userId="+name, nil)
		if err != nil {
			return "", fmt.Errorf("join as %s: %w", name, err)
		}
		defer conn.Close()
		defer answer.Body.Close()
		seed := fnv.New64a()
		_, _ = io.WriteString(seed, name) // never fails
		members = append(members, &writer{conn: conn, name: name, random: rand.New(rand.NewPCG(seed.Sum64(), 0))})
	}
	before, err := members[0].begin()
	if err != nil {
		return "", err
	}
	all := before + int64(len(members)*s.Number)
	var working errgroup.Group
	for i, w := range members {
		working.Go(func() error {
			if i > 0 {
				if _, err := w.begin(); err != nil {
					return err
				}
			}
			return w.work(s.Number, all)
		})
	}
	if err := working.Wait(); err != nil {
		return "", err
	}
	return members[0].agree(members[1:], all)
}

// writer is one member with its replica.
type writer struct {
	conn    *websocket.Conn
	name    string // of its edits, with a number behind
	random  *rand.Rand
	replica *text.Replica
	made    int
}

// documentFrame is what a document says, of all kinds.
type documentFrame struct {
	Type    string `json:"type"`
	Version int64  `json:"version"`
	Text    string `json:"text"`
	Reason  string `json:"reason"`
	Edits   []struct {
		text.Edit
		User string `json:"userId"`
	} `json:"edits"`
}

func (w *writer) hear() (f documentFrame, err error) {
	if err = w.conn.SetReadDeadline(time.Now().Add(messagePatience)); err != nil {
		return f, err
	}
	return f, w.conn.ReadJSON(&f)
}

// begin takes the text that a member gets first, and gives its version.
func (w *writer) begin() (int64, error) {
	first, err := w.hear()
	if err == nil && first.Type != "text" {
		err = fmt.Errorf("%s heard %q first", w.name, first.Type)
	}
	w.replica = text.NewReplica(first.Version, first.Text)
	return first.Version, err
}

// work makes the edits, some at a time, and hears until the document has the last version.
func (w *writer) work(edits int, last int64) error {
	for w.replica.Version() < last {
		for n := 1 + w.random.IntN(3); n > 0 && w.made < edits; n-- {
			if err := w.edit(); err != nil {
				return err
			}
		}
		if err := w.send(); err != nil {
			return err
		}
		frame, err := w.hear()
		if err != nil {
			return fmt.Errorf("%s at version %d of %d: %w", w.name, w.replica.Version(), last, err)
		}
		if err := w.take(frame); err != nil {
			return err
		}
	}
	return nil
}

// edit changes what the writer sees: often it adds, sometimes it drops.
func (w *writer) edit() error {
	now, err := w.replica.Text()
	if err != nil {
		return err
	}
	length := utf8.RuneCountInString(now)
	at := w.random.IntN(length + 1)
	change := text.Insert(at, pick(w.random, "a", "bc", "é", "😀", "<&>"))
	if left := length - at; left > 0 && w.random.IntN(3) == 0 {
		change = text.Remove(at, 1+w.random.IntN(min(left, 4)))
	}
	w.made++
	w.replica.Edit(text.Edit{ID: fmt.Sprintf("%s-%d", w.name, w.made), Change: change})
	return nil
}

func (w *writer) send() error {
	base, edits := w.replica.Send()
	if len(edits) == 0 {
		return nil
	}
	return w.conn.WriteJSON(map[string]any{"type": "edit", "base": base, "edits": edits})
}

// take follows the document. Edits of its own come back in the order in which they were made.
func (w *writer) take(f documentFrame) error {
	if f.Type == "refused" || f.Type == "error" {
		return fmt.Errorf("%s was refused: %s", w.name, f.Reason)
	}
	for i, e := range f.Edits {
		version := f.Version + int64(i)
		if under := w.replica.Under(); len(under) == 0 || under[0].ID != e.ID {
			if err := w.replica.Remote(version, e.Change); err != nil {
				return err
			}
			continue
		}
		if _, err := w.replica.Acknowledge(version); err != nil {
			return err
		}
	}
	return nil
}

// agree holds the replicas against each other and against the document.
func (w *writer) agree(others []*writer, last int64) (string, error) {
	for _, other := range others {
		if other.replica.Confirmed() != w.replica.Confirmed() {
			return "", fmt.Errorf("%s has %q, %s has %q", w.name, w.replica.Confirmed(), other.name, other.replica.Confirmed())
		}
	}
	if err := w.conn.WriteJSON(map[string]string{"type": "text"}); err != nil {
		return "", err
	}
	for {
		f, err := w.hear()
		switch {
		case err != nil:
			return "", fmt.Errorf("ask for the text: %w", err)
		case f.Type != "text":
			continue
		case f.Version != last || f.Text != w.replica.Confirmed():
			said, _ := json.Marshal(f.Text) // a string
			return "", fmt.Errorf("the document has version %d, %s; the replicas have %d, %q", f.Version, said, last, w.replica.Confirmed())
		}
		for _, member := range append(others, w) {
			if len(member.replica.Under()) > 0 {
				return "", errors.New(member.name + " still waits for its edits")
			}
		}
		return fmt.Sprintf("version %d, one text", last), nil
	}
}
