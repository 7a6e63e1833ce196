package loadgen

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// appendObservation writes one line without its newline. It is written by hand
// because a run records a million of them beside the system it measures. Fields
// at their zero value are left out, except those every reader wants.
func appendObservation(b []byte, o *Observation) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, o.Seq, 10)
	b = append(b, `,"client":`...)
	b = strconv.AppendInt(b, int64(o.Client), 10)
	b = appendText(b, `,"edge":`, string(o.Edge))
	b = appendText(b, `,"class":`, o.Class)
	b = appendText(b, `,"object":`, o.Object)
	b = appendOperation(b, &o.Operation)
	b = append(b, `,"scheduled_us":`...)
	b = appendMicros(b, o.Scheduled)
	b = append(b, `,"sent_us":`...)
	b = appendMicros(b, o.Sent)
	b = append(b, `,"done_us":`...)
	b = appendMicros(b, o.Done)
	b = appendText(b, `,"outcome":`, string(o.Outcome))
	b = appendReply(b, &o.Reply)
	b = appendServer(b, &o.Server)
	b = appendBudget(b, &o.Budget)
	return append(b, '}')
}

func appendOperation(b []byte, op *Operation) []byte {
	b = append(b, `,"operation":{"kind":`...)
	b = appendString(b, string(op.Kind))
	b = appendText(b, `,"text":`, op.Text)
	b = appendNumber(b, `,"sender":`, int64(op.Sender))
	return append(b, '}')
}

func appendReply(b []byte, r *Reply) []byte {
	if *r == (Reply{}) {
		return b
	}
	b = append(b, `,"reply":{`...)
	start := len(b)
	b = appendNumber(b, `,"status":`, int64(r.Status))
	b = appendNumber(b, `,"value":`, r.Value)
	if r.Allowed {
		b = append(b, `,"allowed":true`...)
	}
	b = appendText(b, `,"text":`, r.Text)
	b = appendText(b, `,"error":`, r.Error)
	return closeObject(b, start)
}

func appendServer(b []byte, s *Server) []byte {
	if *s == (Server{}) {
		return b
	}
	b = append(b, `,"server":{`...)
	start := len(b)
	b = appendText(b, `,"home":`, string(s.Home))
	b = appendText(b, `,"node":`, s.Node)
	if s.Epoch != 0 {
		b = append(b, `,"epoch":`...)
		b = strconv.AppendUint(b, s.Epoch, 10)
	}
	if s.Moved {
		b = append(b, `,"moved":true`...)
	}
	return closeObject(b, start)
}

func appendBudget(b []byte, budget *Budget) []byte {
	if *budget == (Budget{}) {
		return b
	}
	b = append(b, `,"budget_us":{`...)
	start := len(b)
	for part, took := range budget {
		if took == 0 {
			continue
		}
		b = append(b, ',', '"')
		b = append(b, partNames[part]...)
		b = append(b, '"', ':')
		b = appendMicros(b, took)
	}
	return closeObject(b, start)
}

// closeObject ends an object whose fields each began with a comma: the first
// comma, at start, is one too many.
func closeObject(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b[:start], b[start+1:]...)
	}
	return append(b, '}')
}

func appendMicros(b []byte, d time.Duration) []byte {
	return strconv.AppendInt(b, d.Microseconds(), 10)
}

func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendString(append(b, name...), text)
}

// appendString quotes text as JSON. Bytes that are no UTF-8 become U+FFFD, as
// JSON has no place for them.
func appendString(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
