// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Peer is the process at the other end of a connection, as the kernel knows it.
type Peer struct {
	PID    int
	UID    uint32
	Groups []uint32 // the primary one first
	Remote string   // of a connection from the network: its address
}

// peerOf asks the kernel who connected.
func peerOf(c net.Conn) (Peer, error) {
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return Peer{Remote: c.RemoteAddr().String()}, nil
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var p Peer
	var failed error
	err = raw.Control(func(fd uintptr) {
		var cred *unix.Ucred
		if cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); failed == nil {
			p = Peer{PID: int(cred.Pid), UID: cred.Uid, Groups: append([]uint32{cred.Gid}, peerGroups(fd)...)}
		}
	})
	if err == nil {
		err = os.NewSyscallError("getsockopt SO_PEERCRED", failed)
	}
	return p, err
}

// maxGroups bounds the supplementary groups that count.
const maxGroups = 256

// peerGroups gives the supplementary groups; a kernel that does not tell has none.
func peerGroups(fd uintptr) []uint32 {
	groups := make([]uint32, maxGroups)
	size := uint32(len(groups) * 4)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
		uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return nil
	}
	return groups[:size/4]
}

// may says whether the peer may use the API: the daemon's own user, root, and the group.
func (p Peer) may(group int) bool {
	return p.trusted() || group != Nobody && slices.Contains(p.Groups, uint32(group))
}

// trusted says whether secrets may be shown to the peer.
func (p Peer) trusted() bool {
	return p.Remote == "" && (p.UID == 0 || int(p.UID) == os.Geteuid())
}

// String names the peer for the log.
func (p Peer) String() string {
	if p.Remote != "" {
		return p.Remote
	}
	return fmt.Sprintf("uid %d (pid %d%s)", p.UID, p.PID, p.program())
}

// program is the peer's name, as far as it still runs. It is the peer's own word.
func (p Peer) program() string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID))
	if err != nil {
		return ""
	}
	return ", " + strings.TrimSpace(string(b))
}

type peerKey struct{}

// withPeer puts the peer of a connection into the context of its requests. A peer that is
// not known may do nothing.
func (s *Server) withPeer(ctx context.Context, c net.Conn) context.Context {
	for {
		wrapped, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = wrapped.NetConn()
	}
	p, err := s.peer(c)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, p)
}

func peerFrom(ctx context.Context) (Peer, bool) {
	p, ok := ctx.Value(peerKey{}).(Peer)
	return p, ok
}
