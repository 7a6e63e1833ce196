package object

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf8"
)

// ErrBadID is returned by Namespace.ParseID and Namespace.Check for text that is
// not 64 hexadecimal digits, for an ID that another namespace made, and by a
// jurisdiction for an ID of another.
var ErrBadID = errors.New("not an object ID of this namespace")

// ErrNoJurisdiction is returned by Namespace.Jurisdiction for one that the
// namespace was not made with.
var ErrNoJurisdiction = errors.New("no such jurisdiction")

// ErrBadName is returned by CheckName; it marks the caller's mistake, not a fault.
var ErrBadName = errors.New("object name refused")

// Lengths of names.
const (
	// MaxNameBytes bounds the name of an object as it may be given in a request.
	MaxNameBytes = 2048
	// KeptNameBytes bounds the names that an object is told. A longer one makes an
	// ID like any other, and is forgotten.
	KeptNameBytes = 1024
)

// ID identifies one object in the world. Two are equal (==) exactly when they
// are of the same object, whatever they were made from.
//
//	byte  0              16              32
//	      +---------------+---------------+
//	      |   identity    |      MAC      |
//	      +---------------+---------------+
//
// The MAC is taken over the identity and its jurisdiction under the namespace's
// key, so an ID that another namespace made, or that somebody made up, is
// refused when parsed. The name an ID came from is no part of it.
type ID [32]byte

// String gives the 64 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Namespace makes the IDs of one class, or those of one class within one
// jurisdiction. Making an ID creates nothing. Its zero value is not usable.
type Namespace struct {
	class  string
	key    [sha256.Size]byte
	known  []string // jurisdictions
	within string   // the jurisdiction whose sub-namespace this is; "" is none
}

// NewNamespace returns the namespace of a class, which may be divided into
// jurisdictions. Two deployments share IDs exactly when they share the class
// name and the secret.
func NewNamespace(class, secret string, jurisdictions ...string) Namespace {
	return Namespace{class: class, key: sha256.Sum256([]byte(secret + "\x00" + class)), known: jurisdictions}
}

// Class names the class whose objects the namespace holds.
func (n Namespace) Class() string { return n.class }

// Jurisdiction returns the sub-namespace of one jurisdiction. A name means
// another object there than it means elsewhere, and an ID of elsewhere is
// refused; the whole namespace takes the IDs of all its jurisdictions.
func (n Namespace) Jurisdiction(name string) (Namespace, error) {
	if !slices.Contains(n.known, name) {
		return Namespace{}, fmt.Errorf("divide namespace %s: %w: %.80q", n.class, ErrNoJurisdiction, name)
	}
	n.within = name
	return n, nil
}

// IDFromName is a pure function of namespace and name: no I/O, the same
// everywhere and for ever.
func (n Namespace) IDFromName(name string) ID {
	if n.within == "" {
		return n.seal(n.sum([]byte("name\x00"+name)), "")
	}
	return n.seal(n.sum([]byte("name within\x00"+n.within+"\x00"+name)), n.within)
}

// Named is what an object called so knows of itself.
func (n Namespace) Named(name string) Identity {
	identity := Identity{ID: n.IDFromName(name), Class: n.class, Name: name}
	if len(name) > KeptNameBytes {
		identity.Name = ""
	}
	return identity
}

// NewUniqueID draws 16 bytes from random. It fails only if random does.
func (n Namespace) NewUniqueID(random io.Reader) (ID, error) {
	var identity [16]byte
	if _, err := io.ReadFull(random, identity[:]); err != nil {
		return ID{}, fmt.Errorf("draw unique ID: %w", err)
	}
	return n.seal(identity, n.within), nil
}

// ParseID reads what ID.String wrote and checks it.
func (n Namespace) ParseID(text string) (ID, error) {
	var id ID
	if len(text) != 2*len(id) {
		return ID{}, fmt.Errorf("parse ID %.80q: %d digits, want %d: %w", text, len(text), 2*len(id), ErrBadID)
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, fmt.Errorf("parse ID %q: %v: %w", text, err, ErrBadID)
	}
	return id, n.Check(id)
}

// Check says whether this namespace, or a jurisdiction of it, made the ID.
func (n Namespace) Check(id ID) error {
	made, ok := n.JurisdictionOf(id)
	switch {
	case !ok:
		return fmt.Errorf("check ID %s: made by another namespace: %w", id, ErrBadID)
	case n.within != "" && made != n.within:
		return fmt.Errorf("check ID %s: made in jurisdiction %q, not in %q: %w", id, made, n.within, ErrBadID)
	}
	return nil
}

// JurisdictionOf tells in which jurisdiction an ID was made ("" is none), and
// whether this namespace or any part of it made it at all.
func (n Namespace) JurisdictionOf(id ID) (string, bool) {
	if n.made(id, "") {
		return "", true
	}
	for _, within := range n.known {
		if n.made(id, within) {
			return within, true
		}
	}
	return "", false
}

func (n Namespace) made(id ID, within string) bool {
	sealed := n.seal([16]byte(id[:16]), within)
	return subtle.ConstantTimeCompare(sealed[:], id[:]) == 1
}

func (n Namespace) seal(identity [16]byte, within string) ID {
	var id ID
	copy(id[:16], identity[:])
	mac := n.sum(append(append([]byte("mac\x00"), identity[:]...), within...))
	copy(id[16:], mac[:])
	return id
}

func (n Namespace) sum(message []byte) [16]byte {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(message)
	return [16]byte(mac.Sum(nil)[:16])
}

// CheckName says whether a name may be given to an object in a request. Names
// appear in paths, logs and reports, so separators and control characters are
// refused.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrBadName)
	case len(name) > MaxNameBytes:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrBadName, len(name), MaxNameBytes)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: not valid UTF-8", ErrBadName)
	case name == "." || name == "..":
		return fmt.Errorf("%w: %q is a path step", ErrBadName, name)
	}
	for _, r := range name {
		if r == '/' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("%w: it holds %q", ErrBadName, r)
		}
	}
	return nil
}
