//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package aicq

import "errors"

func tryLock(string) (unlock func(), isFree bool, err error) {
	return nil, false, errors.New("a FileStore needs a system on which files can be locked")
}
