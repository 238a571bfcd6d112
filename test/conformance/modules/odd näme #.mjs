export const fine = () => 'fine';
