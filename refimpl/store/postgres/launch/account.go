package launch

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user a server runs as when we are root, which Postgres refuses
// to be.
type account struct {
	name     string
	uid, gid uint32
}

// serverAccount is nil for an ordinary user, who is good enough.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return &account{name, uint32(uid), uint32(gid)}, nil
		}
	}
	return nil, errors.New("we are root, which Postgres refuses to run as, and there is no user postgres or nobody")
}

func (a *account) credential() *syscall.Credential {
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}
