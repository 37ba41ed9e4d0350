// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// orderFileLimit bounds what is read of a server_state_file.
const orderFileLimit = 16 << 20

// orderFile is the form of a server_state_file.
type orderFile struct {
	Version int
	Orders  []heldOrder
}

const orderFileVersion = 1

// readOrders reads the orders that were kept; no file is no orders. Others than root and
// the daemon's user must not be able to write it, since it takes servers out of service.
func readOrders(path string) (list []heldOrder, err error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	defer func() { err = errors.Join(err, f.Close()) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, fmt.Errorf("%s is not a file", path)
	case st.Mode&0o022 != 0 || st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return nil, fmt.Errorf("%s is not used: others can write it", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, orderFileLimit))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var in orderFile
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	if in.Version != orderFileVersion {
		return nil, fmt.Errorf("decode %s: version %d is not %d", path, in.Version, orderFileVersion)
	}
	return in.Orders, nil
}

// writeOrders replaces the file as a whole. When it returns, the orders are on the disk: an
// operator is told of what will last.
func writeOrders(path string, list []heldOrder) (err error) {
	b, err := json.MarshalIndent(orderFile{orderFileVersion, list}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode orders: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".vipward-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// keepOrders writes the server_state_file, if there is one.
func (c *child) keepOrders() error {
	path := c.Config.Global.Checker.StateFile
	if path == "" {
		return nil
	}
	if err := writeOrders(path, c.roster.heldOrders()); err != nil {
		return fmt.Errorf("the order holds until the daemon stops, but is not kept: %w", err)
	}
	return nil
}

// recallOrders reads the server_state_file when the daemon starts.
func (c *child) recallOrders() map[heldKey]Order {
	path := c.Config.Global.Checker.StateFile
	if path == "" {
		return map[heldKey]Order{}
	}
	list, err := readOrders(path)
	if err != nil {
		c.Log.Error("server_state_file: " + err.Error())
	}
	return ordersOf(list)
}
