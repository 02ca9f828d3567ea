"""Adopted security blocks (治安區塊認養): who watches which area, in which hours, from when to when."""
