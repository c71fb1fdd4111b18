import CNNG
