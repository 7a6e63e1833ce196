package text

import "unicode/utf8"

// Rebase brings two changes of the same text into an order. It gives each as it
// is after the other:
//
//	second after first  ==  first after second      (TP1)
//
// Where both add at one place, what the first adds comes first. What both drop
// is dropped once; what one adds inside of what the other drops stays.
func Rebase(first, second Change) (firstAfter, secondAfter Change) {
	var one, two builder // first after second, second after first
	a, b := reader{spans: first}, reader{spans: second}
	for {
		x, y := a.span(), b.span()
		switch {
		case x.Add != "":
			one.add(x.Add)
			two.keep(a.take(0))
		case y.Add != "":
			two.add(y.Add)
			one.keep(b.take(0))
		case x == (Span{}) && y == (Span{}):
			return one.change(), two.change()
		default:
			n := shorter(x.length(), y.length())
			a.take(n)
			b.take(n)
			switch {
			case x.Drop > 0 && y.Drop > 0: // gone already
			case x.Drop > 0:
				one.drop(n)
			case y.Drop > 0:
				two.drop(n)
			default:
				one.keep(n)
				two.keep(n)
			}
		}
	}
}

// shorter is the length that two spans have in common. Nothing, at the end of a
// change, keeps whatever comes.
func shorter(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// reader goes through a change, in pieces.
type reader struct {
	spans  Change
	passed int // of the first span
}

// span is what is left of the first span; empty at the end.
func (r *reader) span() Span {
	if len(r.spans) == 0 {
		return Span{}
	}
	s := r.spans[0]
	if s.Keep > 0 {
		s.Keep -= r.passed
	}
	if s.Drop > 0 {
		s.Drop -= r.passed
	}
	return s
}

// take passes over n code points, or over what is added; it says how many those are.
func (r *reader) take(n int) int {
	if len(r.spans) == 0 {
		return 0
	}
	s := r.spans[0]
	if s.Add != "" {
		r.spans = r.spans[1:]
		return utf8.RuneCountInString(s.Add)
	}
	if r.passed += n; r.passed == s.length() {
		r.spans, r.passed = r.spans[1:], 0
	}
	return n
}
