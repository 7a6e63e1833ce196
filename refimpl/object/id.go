package object

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrBadID is returned by Namespace.ParseID for text that is not 64
// hexadecimal digits, and for an ID that another namespace made.
var ErrBadID = errors.New("not an object ID of this namespace")

// ErrBadName is returned by CheckName; it marks the caller's mistake, not a fault.
var ErrBadName = errors.New("object name refused")

// MaxNameBytes bounds the name of an object as it may be given in a request.
const MaxNameBytes = 512

// ID identifies one object in the world.
//
//	byte  0              16              32
//	      +---------------+---------------+
//	      |   identity    |      MAC      |
//	      +---------------+---------------+
//
// The MAC is taken over the identity under the namespace's key, so an ID that
// another namespace made, or that somebody made up, is refused when parsed.
// The name an ID came from is no part of it.
type ID [32]byte

// String gives the 64 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Namespace makes the IDs of one class. Its zero value is not usable.
type Namespace struct {
	class string
	key   [sha256.Size]byte
}

// NewNamespace returns the namespace of a class. Two deployments share IDs
// exactly when they share the class name and the secret.
func NewNamespace(class, secret string) Namespace {
	return Namespace{class: class, key: sha256.Sum256([]byte(secret + "\x00" + class))}
}

// Class names the class whose objects the namespace holds.
func (n Namespace) Class() string { return n.class }

// IDFromName is a pure function of namespace and name: no I/O, the same
// everywhere and for ever.
func (n Namespace) IDFromName(name string) ID {
	return n.seal(n.sum([]byte("name\x00" + name)))
}

// NewUniqueID draws 16 bytes from random. It fails only if random does.
func (n Namespace) NewUniqueID(random io.Reader) (ID, error) {
	var identity [16]byte
	if _, err := io.ReadFull(random, identity[:]); err != nil {
		return ID{}, fmt.Errorf("draw unique ID: %w", err)
	}
	return n.seal(identity), nil
}

// ParseID reads what ID.String wrote and checks that this namespace made it.
func (n Namespace) ParseID(text string) (ID, error) {
	var id ID
	if len(text) != 2*len(id) {
		return ID{}, fmt.Errorf("parse ID %.80q: %d digits, want %d: %w", text, len(text), 2*len(id), ErrBadID)
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, fmt.Errorf("parse ID %q: %v: %w", text, err, ErrBadID)
	}
	if sealed := n.seal([16]byte(id[:16])); subtle.ConstantTimeCompare(sealed[:], id[:]) != 1 {
		return ID{}, fmt.Errorf("parse ID %q: made by another namespace: %w", text, ErrBadID)
	}
	return id, nil
}

func (n Namespace) seal(identity [16]byte) ID {
	var id ID
	copy(id[:16], identity[:])
	mac := n.sum(append([]byte("mac\x00"), identity[:]...))
	copy(id[16:], mac[:])
	return id
}

func (n Namespace) sum(message []byte) [16]byte {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(message)
	return [16]byte(mac.Sum(nil)[:16])
}

// CheckName says whether a name may be given to an object in a request. Names
// appear in paths, logs and reports, so separators and control bytes are refused.
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
		if r == '/' || r < 0x20 || r == 0x7f {
			return fmt.Errorf("%w: it holds %q", ErrBadName, r)
		}
	}
	return nil
}
