// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strings"
)

// System is the machine that the process runs on.
type System struct{}

// Interface implements Host.
func (System) Interface(name string) (HostInterface, bool) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return HostInterface{}, false
	}
	return HostInterface{
		Loopback:  ifi.Flags&net.FlagLoopback != 0,
		Multicast: ifi.Flags&net.FlagMulticast != 0,
		MTU:       ifi.MTU,
	}, true
}

// User implements Host.
func (System) User(name string) bool {
	_, err := user.Lookup(name)
	return err == nil
}

// Group implements Host.
func (System) Group(name string) bool {
	_, err := user.LookupGroup(name)
	return err == nil
}

// Executable implements Host.
func (System) Executable(name string) error {
	if !strings.Contains(name, "/") {
		_, err := exec.LookPath(name)
		return err
	}
	info, err := os.Stat(name)
	var perr *fs.PathError
	switch {
	case errors.As(err, &perr):
		return fmt.Errorf("%s: %w", name, perr.Err) // which system call said so helps nobody
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("%s is not an executable file", name)
	}
	return nil
}
