package refimpl_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
)

// exchange is one row: what a client sends, and the frames that must come back,
// up to the end of the connection. The numbers are those of the groups of the
// Autobahn test suite whose questions the rows ask: 1 framing, 2 pings and pongs, 3
// reserved bits, 4 reserved opcodes, 5 fragments, 6 UTF-8, 7 closing, 10 odd fragments.
type exchange struct {
	name string
	send [][]byte
	want []string
	chop int // bytes of one write; 0 is all at once
}

// farewell is appended to the rows in which all is well; it is answered, and that is the end.
var farewell = code(1000, "")

func good(name string, send [][]byte, want ...string) exchange {
	return exchange{name: name, send: append(slices.Clone(send), farewell), want: append(want, "close 1000", "end")}
}

// bad rows end by themselves. What follows the violation is not answered.
func bad(name string, closeCode int, send [][]byte, want ...string) exchange {
	return exchange{name: name, send: send, want: append(want, fmt.Sprint("close ", closeCode), "end")}
}

func frames(f ...[]byte) [][]byte { return f }

// inPieces repeats rows with their bytes cut, as a network may cut them.
func inPieces(rows []exchange, sizes ...int) []exchange {
	all := slices.Clone(rows)
	for _, size := range sizes {
		for _, row := range rows {
			if n := total(row.send); n <= 4096*size {
				row.chop, row.name = size, fmt.Sprintf("%s, %d bytes at a time", row.name, size)
				all = append(all, row)
			}
		}
	}
	return all
}

func total(send [][]byte) (n int) {
	for _, f := range send {
		n += len(f)
	}
	return n
}

func TestConformance(t *testing.T) {
	heard := make(chan string, 4096) // more than there are rows
	address, path := homeOf(t, refimpl.SocketLimits{}, echo{heard}.class())
	count := 0
	for _, group := range [][]exchange{framing(), pings(), reservedBits(), opcodes(), fragments(), utf8Rows(), closings(), oddFragments()} {
		for _, row := range group {
			count++
			t.Run(row.name, func(t *testing.T) { row.play(t, join(t, address, path(row.name))) })
		}
	}
	t.Logf("%d rows", count)
	for range count { // every socket's end is heard exactly once
		<-heard
	}
	select {
	case more := <-heard:
		t.Errorf("heard once more: %s", more)
	default:
	}
}

func (x exchange) play(t *testing.T, p *rawPeer) {
	all := slices.Concat(x.send...)
	for len(all) > 0 {
		n := len(all)
		if x.chop > 0 {
			n = min(n, x.chop)
		}
		if _, err := p.conn.Write(all[:n]); err != nil {
			break // it may have been closed before the end
		}
		all = all[n:]
	}
	for _, want := range x.want {
		if got := p.next(); got != want {
			t.Fatalf("got %.80q, want %.80q", got, want)
		}
	}
}

func framing() []exchange {
	var rows []exchange
	for i, n := range []int{0, 125, 126, 127, 128, 65535, 65536} {
		s := strings.Repeat("*", n)
		rows = append(
			rows,
			good(fmt.Sprintf("1.1.%d text of %d bytes", i+1, n), frames(text(s)), "text "+s),
			good(fmt.Sprintf("1.2.%d binary of %d bytes", i+1, n), frames(bin("\xfe"+s)), "binary \xfe"+s),
		)
	}
	return inPieces(rows, 997)
}

func pings() []exchange {
	full := strings.Repeat("\xfe", 125)
	var ten [][]byte
	var answers []string
	for i := range 10 {
		ten = append(ten, ping(fmt.Sprint("payload-", i)))
		answers = append(answers, fmt.Sprint("pong payload-", i))
	}
	return inPieces([]exchange{
		good("2.1 empty ping", frames(ping("")), "pong "),
		good("2.2 ping with text", frames(ping("Hello, world!")), "pong Hello, world!"),
		good("2.3 ping with bytes that are not text", frames(ping("\x00\xff\xfe\xfd")), "pong \x00\xff\xfe\xfd"),
		good("2.4 longest ping", frames(ping(full)), "pong "+full),
		bad("2.5 ping too long", 1002, frames(ping(full+"x"))),
		good("2.7 pong nobody asked for", frames(pong(""))),
		good("2.8 and with a payload", frames(pong("unsolicited"))),
		good("2.9 pong, then ping", frames(pong("unsolicited"), ping("asked")), "pong asked"),
		good("2.10 ten pings in order", ten, answers...),
	}, 1)
}

func reservedBits() []exchange {
	hello := text("Hello")
	return inPieces([]exchange{
		bad("3.1 text with RSV3", 1002, frames(masked(0x91, "x"))),
		bad("3.2 text with RSV2 behind a good one", 1002, frames(hello, masked(0xa1, "x"), ping("")), "text Hello"),
		bad("3.3 text with RSV2 and RSV3", 1002, frames(hello, masked(0xb1, "x"), ping("")), "text Hello"),
		bad("3.4 text with RSV1, which is for compression", 1002, frames(hello, masked(0xc1, "x"), ping("")), "text Hello"),
		bad("3.5 binary with RSV1 and RSV3", 1002, frames(masked(0xd2, "x"))),
		bad("3.6 ping with RSV1 and RSV2", 1002, frames(masked(0xe9, "x"))),
		bad("3.7 close with all", 1002, frames(masked(0xf8, ""))),
		bad("3.8 continuation with RSV1", 1002, frames(textPart("a"), masked(0xc0, "x"))),
		bad("3.9 not masked", 1002, frames([]byte{0x81, 1, 'x'})),
		bad("3.10 ping not masked", 1002, frames([]byte{0x89, 0})),
	}, 1)
}

func opcodes() []exchange {
	var rows []exchange
	for i, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		rows = append(
			rows,
			bad(fmt.Sprintf("4.%d.1 opcode %d", i, opcode), 1002, frames(masked(0x80|opcode, ""))),
			bad(fmt.Sprintf("4.%d.2 opcode %d with a payload, behind a text", i, opcode), 1002,
				frames(text("Hello"), masked(0x80|opcode, "x"), ping("")), "text Hello"),
		)
	}
	return inPieces(rows, 1)
}

func fragments() []exchange {
	one, two := textPart("fragment1"), lastPart("fragment2")
	whole := "text fragment1fragment2"
	return inPieces([]exchange{
		bad("5.1 ping in two fragments", 1002, frames(masked(0x09, "a"), lastPart("b"))),
		bad("5.2 pong in two fragments", 1002, frames(masked(0x0a, "a"), lastPart("b"))),
		bad("5.2b close in two fragments", 1002, frames(masked(0x08, "\x03\xe8"), lastPart("b"))),
		good("5.3 text in two fragments", frames(one, two), whole),
		good("5.6 a ping between them is answered first", frames(one, ping("ping"), two), "pong ping", whole),
		bad("5.9 continuation of nothing", 1002, frames(lastPart("x"), text("y"))),
		bad("5.11 the same, not final", 1002, frames(morePart("x"), text("y"))),
		bad("5.12 the same, behind a whole text", 1002, frames(text("y"), morePart("x")), "text y"),
		bad("5.15 continuation behind a finished message", 1002, frames(one, two, morePart("3"), lastPart("4")), whole),
		bad("5.16 first fragment is a continuation, again and again", 1002, frames(morePart("1"), textPart("2"), lastPart("3"))),
		bad("5.18 text begins within a text", 1002, frames(one, text("fragment2"))),
		bad("5.18b binary begins within a text", 1002, frames(one, bin("fragment2"))),
		good("5.19 five fragments with pings between", frames(textPart("1"), morePart("2"), ping("a"), morePart("3"), morePart("4"), ping("b"), lastPart("5")),
			"pong a", "pong b", "text 12345"),
		good("5.20 empty fragments", frames(textPart(""), morePart(""), lastPart("")), "text "),
		good("5.21 empty at both ends", frames(textPart(""), morePart("mid"), lastPart("")), "text mid"),
		good("5.22 binary in fragments", frames(masked(0x02, "\xff"), lastPart("\xfe")), "binary \xff\xfe"),
		bad("5.23 close within a message is a close", 1000, frames(one, code(1000, ""))),
		good("5.24 pong within a message is ignored", frames(one, pong("x"), two), whole),
	}, 1)
}

func closings() []exchange {
	rows := []exchange{
		good("7.1.1 text, then close", frames(text("Hello")), "text Hello"),
		bad("7.1.2 two closes: the second is not read", 1000, frames(farewell, farewell)),
		bad("7.1.3 ping behind the close is not answered", 1000, frames(farewell, ping("x"))),
		bad("7.1.4 text behind the close is not heard", 1000, frames(farewell, text("x"))),
		bad("7.1.5 close within a message", 1000, frames(textPart("x"), farewell, lastPart("y"))),
		bad("7.1.6 much, then close, then ping", 1000, frames(text(strings.Repeat("*", 256<<10)), text("Hello"), farewell, ping("x")),
			"text "+strings.Repeat("*", 256<<10), "text Hello"),
		{name: "7.3.1 close without a code", send: frames(closing("")), want: []string{"close", "end"}},
		bad("7.3.2 half a code", 1002, frames(closing("a"))),
		bad("7.3.3 code alone", 1000, frames(code(1000, ""))),
		bad("7.3.4 code and reason", 1000, frames(code(1000, "Hello"))),
		bad("7.3.5 longest reason", 1000, frames(code(1000, strings.Repeat("*", 123)))),
		bad("7.3.6 reason too long", 1002, frames(code(1000, strings.Repeat("*", 124)))),
		bad("7.5.1 reason not UTF-8", 1007, frames(code(1000, "ok\xce\xba\xed\xa0\x80not"))),
		bad("7.5.2 reason cut within a character", 1007, frames(code(1000, "\xce"))),
	}
	for i, n := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		rows = append(rows, bad(fmt.Sprintf("7.7.%d code %d", i+1, n), n, frames(code(n, ""))))
	}
	for i, n := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		rows = append(rows, bad(fmt.Sprintf("7.9.%d code %d must not be sent", i+1, n), 1002, frames(code(n, ""))))
	}
	return rows
}

func oddFragments() []exchange {
	s := strings.Repeat("*", 65536)
	var parts [][]byte
	for at := 0; at < len(s); at += 1300 {
		part := s[at:min(at+1300, len(s))]
		switch {
		case at == 0:
			parts = append(parts, textPart(part))
		case at+1300 >= len(s):
			parts = append(parts, lastPart(part))
		default:
			parts = append(parts, morePart(part))
		}
	}
	return inPieces([]exchange{good("10.1.1 64 KiB in fragments of 1300 bytes", parts, "text "+s)}, 1301)
}
